"""What all tests share: the same examples on every run, and no deadline on a machine that others use too."""

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")
