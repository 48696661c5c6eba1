"""The record of traffic: one Exchange per HTTP exchange, in or out; what is shown is a query here."""

from sandbox.journal.exchange import Exchange
from sandbox.journal.ring import Journal, Journals

__all__ = ["Exchange", "Journal", "Journals"]
