"""A workspace: the deterministic world that everything else is a way into."""
