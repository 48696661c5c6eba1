"""The platform as a client of its partners: their mocks, or their own test modes by configuration."""
