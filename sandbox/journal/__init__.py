"""The record of traffic: each HTTP exchange in or out becomes an Exchange, and is searched here."""

from sandbox.journal.exchange import Exchange
from sandbox.journal.ring import Journal, Journals

__all__ = ["Exchange", "Journal", "Journals"]
