"""Load suites with a budget that ends in an exit code."""
