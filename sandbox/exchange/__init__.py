"""Batch files over SFTP: drop one in `in`, take what became of it from `out`."""
