"""The console: one workspace live in the browser, read from the same operations as everything else."""
