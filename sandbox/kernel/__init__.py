"""The kernel: a deterministic world of documents, time, chance, events and due work, without any I/O."""
