"""The library in the page: what is in it, files that come and go."""
