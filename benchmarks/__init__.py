"""What the sandbox costs, as ratios to other servers doing the same in the same run."""
