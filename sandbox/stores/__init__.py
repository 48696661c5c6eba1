"""Where worlds are kept: adapters of the Store port and the journal that brings them back."""
