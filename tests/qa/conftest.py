from pathlib import Path

import pytest

import qa

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="session")
def news(tmp_path_factory):
    """The seeds in a real library, with the real embedder."""
    with qa.open(tmp_path_factory.mktemp("news") / "library") as library:
        library.add(SEEDS)
        yield library
