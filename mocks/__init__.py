"""Simulated partners: one folder each, plug-ins of the sandbox."""
