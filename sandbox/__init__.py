"""A sandbox of an event and booking platform: one deterministic world per workspace, many ways in."""
