"""The one way out: HTTP calls that cannot be turned against this server or its network."""
