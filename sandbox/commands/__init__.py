"""What each `sandbox` command does."""
