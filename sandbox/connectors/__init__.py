"""How the platform calls its partners: the mocks of the workspace, or real test modes by configuration."""
