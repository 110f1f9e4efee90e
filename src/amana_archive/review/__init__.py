"""The calm grid, one item, two-person decisions."""
