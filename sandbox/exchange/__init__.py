"""Batch file exchange: the batch operations through files dropped over SFTP."""
