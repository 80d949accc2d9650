"""What the figures mean: pure functions, each with its source."""
