"""There are no processes."""
