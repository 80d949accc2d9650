from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import ModelUnavailable
from qa_index.reading import tokens

KNOWN = {
    "": 0,
    "Hello world": 2,
    "tiktoken is great!": 6,
    "<|endoftext|>": 7,
    "Президент подписал закон.": 10,
    "a" * 100: 13,
    "\n\n\n": 1,
}


@pytest.mark.parametrize(("text", "expected"), KNOWN.items())
def test_counts_are_those_of_cl100k_base(text, expected):
    assert tokens.count(text) == expected


def test_counts_agree_with_tiktokens_own_table_and_pattern(tmp_path):
    """In a process of its own, with a copy of the table where tiktoken looks for it."""
    import llama_index.core

    bundled = Path(llama_index.core.__file__).parent / "_static" / "tiktoken_cache"
    shutil.copytree(bundled, tmp_path / "cache")
    program = (
        "import tiktoken; from qa_index.reading import tokens\n"
        "text = SAMPLE\n"
        "own = tiktoken.get_encoding('cl100k_base')\n"
        "assert tokens.count(text) == len(own.encode(text, disallowed_special=())), 'differ'\n"
    )
    sample = (
        "On Jan. 2, he said: “It’s 3.5 %…”\r\n\n\tШағын мәтін — 2022! don't WE'LL 你 👩\u200d🚀 <|fim_prefix|>  \n end"
    )
    done = subprocess.run(
        [sys.executable, "-c", program.replace("SAMPLE", ascii(sample))],
        capture_output=True,
        text=True,
        env={"TIKTOKEN_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", ["a", "ab1", " ", "\n", ".", "я", "中", "😀"])
def test_a_megabyte_without_a_space_is_counted_quickly(unit):
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    assert tokens.count(text) > 1000
    assert time.process_time() - started < 4  # 0.1 to 0.4 s on an idle machine


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(1, 40))
def test_a_prefix_fits_its_limit_or_is_one_character(text, limit):
    length = tokens.prefix(text, limit)
    assert length == 1 or tokens.count(text[:length]) <= limit
    assert length <= max(1, len(text))


def test_a_prefix_takes_all_that_fits():
    assert tokens.prefix("Hello world, said the ferry man", 2) == len("Hello world")
    assert tokens.prefix("Hello world", 50) == len("Hello world")


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80))
def test_counting_never_fails_and_is_repeatable(text):
    assert tokens.count(text) == tokens.count(text) <= len(text.encode("utf-8", errors="surrogatepass"))


def test_a_damaged_table_is_named_and_not_replaced(tmp_path, monkeypatch):
    damaged = tmp_path / "llama_index" / tokens._TABLE
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"aGVsbG8= 0\n")
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path / "llama_index")]})
    # Where packages are installed cannot be handed in.
    monkeypatch.setattr("qa_index.reading.tokens.importlib.util.find_spec", lambda name: spec)
    with pytest.raises(ModelUnavailable, match="missing or damaged"):
        tokens._table()
    assert damaged.read_bytes() == b"aGVsbG8= 0\n"


def test_counting_imports_no_part_of_llama_index_and_opens_no_connection():
    program = (
        "import sys, socket; socket.socket.connect = None; from qa_index.reading import tokens\n"
        "assert 'tiktoken' not in sys.modules\n"
        "tokens.count('text')\n"
        "assert not [name for name in sys.modules if name.startswith('llama_index')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.returncode == 0, done.stderr
