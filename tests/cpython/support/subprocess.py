"""There are no other processes."""
