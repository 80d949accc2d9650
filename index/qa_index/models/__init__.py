"""Models that run on the processor: their files, their graphs, and what they are asked."""
