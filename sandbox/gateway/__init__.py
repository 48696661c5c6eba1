"""The ways in: every call passes the same steps, once, in front of the plan of its operation."""
