"""Find chunks: by meaning, by words, and both rankings merged."""
