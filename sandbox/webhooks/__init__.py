"""Webhooks: who is told what, how it is signed, when it is tried again, and what became of every attempt."""

from sandbox.webhooks.room import EFFECTS, GATES, JOBS, KINDS, REACTIONS

__all__ = ["EFFECTS", "GATES", "JOBS", "KINDS", "REACTIONS"]
