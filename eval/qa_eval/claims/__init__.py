"""Measure how the claims of a language model are checked, on made ones whose truth is known."""
