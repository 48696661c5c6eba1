"""Webhooks: who is told what, how it is signed, when it is tried again, and what became of every attempt."""
