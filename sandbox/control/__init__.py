"""What makes it a sandbox: workspaces, credentials, data, clock, faults, limits and the journal."""
