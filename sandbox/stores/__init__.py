"""Adapters of the Store port: where the documents of a world are kept."""
