"""Suites in layouts that others use, read from where the user has them."""
