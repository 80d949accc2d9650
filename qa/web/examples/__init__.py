"""Example questions from the library's own articles."""
