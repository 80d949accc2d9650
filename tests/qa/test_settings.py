"""Settings: who wins, what is refused, and where each value came from."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from qa.settings import DEFAULT_LLM_URL, RULES, Settings, default_library, load
from qa_index.errors import QAError, UsageError


def read(tmp_path: Path, *, project: str = "", user: str = "", flags=None, environ=None) -> Settings:
    start = tmp_path / "project" / "deep" / "er"
    start.mkdir(parents=True)
    if project:
        (tmp_path / "project" / "qa.toml").write_text(project, encoding="utf-8")
    if user:
        (tmp_path / "user.toml").write_text(user, encoding="utf-8")
    return load(flags=flags or {}, environ=environ or {}, start=start, user=tmp_path / "user.toml")


def test_every_setting_has_a_rule_and_every_rule_a_setting():
    assert set(RULES) == {each.name for each in fields(Settings)} - {"origins", "from_project"}


def test_without_any_setting_the_defaults_are_in_force(tmp_path):
    settings = read(tmp_path)
    assert settings == Settings(default_library(), None, 160, 10, "normal", 20, None, DEFAULT_LLM_URL, None, 60)
    assert {settings.origin(name) for name in RULES} == {"default"}


def test_a_flag_beats_a_variable_beats_the_project_beats_the_user(tmp_path):
    settings = read(
        tmp_path,
        user="passages = 1\nchunk_tokens = 101\nmax_file_mb = 1\nstrictness = 'eager'\nembedder = 'one'",
        project="passages = 2\nchunk_tokens = 102\nmax_file_mb = 2\nstrictness = 'strict'",
        environ={"QA_PASSAGES": "3", "QA_STRICTNESS": "eager", "QA_CHUNK_TOKENS": "103"},
        flags={"passages": 4, "strictness": "normal"},
    )
    found = (settings.passages, settings.strictness, settings.chunk_tokens, settings.max_file_mb, settings.embedder)
    assert found == (4, "normal", 103, 2, str(tmp_path / "one"))
    assert settings.origin("passages") == "the command line"
    assert settings.origin("chunk_tokens") == "QA_CHUNK_TOKENS"
    assert settings.origin("max_file_mb") == str(tmp_path / "project" / "qa.toml")
    assert settings.origin("embedder") == str(tmp_path / "user.toml")
    assert settings.origin("library") == "default"


def test_the_nearest_file_upward_is_the_project_s(tmp_path):
    (tmp_path / "qa.toml").write_text("passages = 99", encoding="utf-8")
    assert read(tmp_path, project="passages = 2").passages == 2


def test_a_relative_library_in_a_file_is_relative_to_the_file(tmp_path):
    assert read(tmp_path, project="library = 'news'").library == tmp_path / "project" / "news"


def test_a_relative_library_in_a_variable_is_relative_to_where_the_command_runs(tmp_path):
    assert read(tmp_path, environ={"QA_LIBRARY": "news"}).library == tmp_path / "project" / "deep" / "er" / "news"


def test_a_library_may_begin_at_home(tmp_path):
    assert read(tmp_path, project="library = '~/news'").library == Path("~/news").expanduser()


@pytest.mark.parametrize(("written", "expected"), [("mine", "{project}/mine"), ("/models/mine", "/models/mine")])
def test_an_embedder_s_folder_in_a_file_is_relative_to_the_file(tmp_path, written, expected):
    found = read(tmp_path, project=f"embedder = {written!r}").embedder
    assert found == expected.format(project=tmp_path / "project")


def test_an_empty_variable_sets_nothing(tmp_path):
    assert read(tmp_path, project="passages = 2", environ={"QA_PASSAGES": ""}).passages == 2


def test_a_mistyped_key_is_named_with_its_file_and_the_key_that_was_meant(tmp_path):
    with pytest.raises(UsageError, match=r"qa\.toml sets 'pasages', .*Did you mean 'passages'\?") as caught:
        read(tmp_path, project="pasages = 2")
    assert "\n" not in str(caught.value)


def test_an_unlike_key_is_answered_with_what_can_be_set(tmp_path):
    with pytest.raises(UsageError, match=r"'colour'.* It can set library, embedder, chunk_tokens"):
        read(tmp_path, project="colour = 'blue'")


@pytest.mark.parametrize(
    ("project", "key"),
    [
        ("passages = 0", "passages"),
        ("passages = 'ten'", "passages"),
        ("passages = true", "passages"),
        ("passages = 10.5", "passages"),
        ("passages = [1]", "passages"),
        ("chunk_tokens = 100000", "chunk_tokens"),
        ("max_file_mb = -1", "max_file_mb"),
        ("strictness = 'lax'", "strictness"),
        ("strictness = ['eager']", "strictness"),
        ("library = 3", "library"),
        ("library = ''", "library"),
        ('library = "a\\u0000b"', "library"),
        ("embedder = ''", "embedder"),
        ("embedder = 5", "embedder"),
        ("[passages]\nx = 1", "passages"),
        ("llm = 5", "llm"),
        ('llm = "a\\nb"', "llm"),
        ("llm_url = 'example.org'", "llm_url"),
        ("llm_url = 'ftp://example.org/v1'", "llm_url"),
        ("llm_url = 'http://'", "llm_url"),
        ("llm_url = 'http://127.0.0.1:0/v1'", "llm_url"),
        ("llm_url = 'http://127.0.0.1:65536/v1'", "llm_url"),
        ("llm_url = 'http://127.0.0.1/v 1'", "llm_url"),
        ("llm_url = 'http://exämple.org/v1'", "llm_url"),
        ("llm_url = 5", "llm_url"),
        ("llm_url = 'http://[:::::]/v1'", "llm_url"),
        ("llm_url = 'http://[1:2]:80/v1'", "llm_url"),
        ("llm_url = 'http://[127.0.0.1]/v1'", "llm_url"),
        ("llm_window = 255", "llm_window"),
        ("llm_seconds = 0", "llm_seconds"),
    ],
)
def test_a_wrong_value_is_named_with_its_file_and_key_in_one_line(tmp_path, project, key):
    with pytest.raises(UsageError, match=rf"qa\.toml sets {key} to .*must be") as caught:
        read(tmp_path, project=project)
    assert "\n" not in str(caught.value)


def test_a_wrong_value_in_a_variable_names_the_variable(tmp_path):
    with pytest.raises(UsageError, match="QA_PASSAGES sets passages to 'many', but it must be a whole number from 1"):
        read(tmp_path, environ={"QA_PASSAGES": "many"})


@pytest.mark.parametrize("content", [b"passages = ", b"passages = 1\npassages = 2", b"# \xff\xfe"])
def test_a_file_that_is_not_toml_is_named(tmp_path, content):
    (tmp_path / "qa.toml").write_bytes(content)
    with pytest.raises(QAError, match=r"qa\.toml"):
        load(flags={}, environ={}, start=tmp_path, user=tmp_path / "none.toml")


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "qa.toml").write_bytes(b"\xef\xbb\xbfpassages = 3")
    assert load(flags={}, environ={}, start=tmp_path, user=tmp_path / "none.toml").passages == 3


def test_a_folder_called_qa_toml_is_no_settings_file(tmp_path):
    (tmp_path / "qa.toml").mkdir()
    assert load(flags={}, environ={}, start=tmp_path, user=tmp_path / "none.toml").passages == 10


def test_a_flag_that_is_no_setting_is_a_programmer_s_error(tmp_path):
    with pytest.raises(ValueError, match="no such setting: colour"):
        read(tmp_path, flags={"colour": "blue"})


def test_settings_made_by_hand_are_checked_too():
    with pytest.raises(ValueError, match="passages must be a whole number"):
        Settings(passages=0)


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Settings().passages = 3  # type: ignore[misc]


def test_a_language_model_is_read_from_each_place(tmp_path):
    settings = read(
        tmp_path,
        user="llm_window = 4096",
        project="llm = 'one'\nllm_url = 'http://127.0.0.1:1/v1'\nllm_seconds = 5",
        environ={"QA_LLM_SECONDS": "6"},
        flags={"llm": " two "},
    )
    found = (settings.llm, settings.llm_url, settings.llm_window, settings.llm_seconds)
    assert found == ("two", "http://127.0.0.1:1/v1", 4096, 6)
    assert settings.from_project == {"llm_url"}


@pytest.mark.parametrize("off", ["none", "None", " "])
def test_a_language_model_that_a_file_names_can_be_switched_off(tmp_path, off):
    assert read(tmp_path, project="llm = 'one'", environ={"QA_LLM": off}).llm is None


@pytest.mark.parametrize(
    ("places", "url", "origin"),
    [
        ({}, "https://variable.example/v1", "OPENAI_BASE_URL"),
        ({"user": "llm_url = 'http://u/v1'"}, "http://u/v1", "{}/user.toml"),
        ({"project": "llm_url = 'http://p/v1'"}, "http://p/v1", "{}/project/qa.toml"),
        (
            {"project": "llm_url = 'http://p/v1'", "user": "llm_url = 'http://u/v1'"},
            "http://p/v1",
            "{}/project/qa.toml",
        ),
        ({"project": "llm_url = 'http://p/v1'", "environ": {"QA_LLM_URL": "http://q/v1"}}, "http://q/v1", "QA_LLM_URL"),
        ({"environ": {"QA_LLM_URL": "http://q/v1"}}, "http://q/v1", "QA_LLM_URL"),
        ({"environ": {"QA_LLM_URL": ""}}, "https://variable.example/v1", "OPENAI_BASE_URL"),
        ({"user": "llm_url = 'http://u/v1'", "flags": {"llm_url": "http://f/v1"}}, "http://f/v1", "the command line"),
    ],
)
def test_openai_s_variable_counts_only_where_nothing_else_names_the_server(tmp_path, places, url, origin):
    environ = {"OPENAI_BASE_URL": "https://variable.example/v1", "QA_LLM": "one", **places.get("environ", {})}
    settings = read(tmp_path, **{**places, "environ": environ})
    assert (settings.llm_url, settings.origin("llm_url")) == (url, origin.format(tmp_path))


@pytest.mark.parametrize(
    "url", ["http://[::1]/v1", "http://[::1]:80", "http://[::ffff:127.0.0.1]/v1", "http://[FE80::1]/"]
)
def test_an_address_may_be_one_of_ip_version_6(tmp_path, url):
    assert read(tmp_path, environ={"QA_LLM_URL": url}).llm_url == url


def test_openai_s_variable_is_nobody_s_business_without_a_language_model(tmp_path):
    assert read(tmp_path, environ={"OPENAI_BASE_URL": "no address"}).llm_url == DEFAULT_LLM_URL
    with pytest.raises(UsageError, match="OPENAI_BASE_URL sets llm_url to 'no address', but it must be an address"):
        read(tmp_path / "again", environ={"OPENAI_BASE_URL": "no address"}, flags={"llm": "one"})


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1/v1", "http://127.0.0.1/v1?key=secret", "http://h/#secret"])
def test_an_address_with_a_secret_in_it_is_refused_unseen(tmp_path, url):
    with pytest.raises(UsageError, match="QA_LLM_URL sets llm_url to something else, but") as caught:
        read(tmp_path, environ={"QA_LLM_URL": url})
    assert "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="llm_url must be") as by_hand:
        Settings(llm_url=url)
    assert "secret" not in str(by_hand.value)


@pytest.mark.parametrize("key", ["llm_key", "api_key", "OPENAI_API_KEY"])
def test_a_key_in_a_file_is_sent_to_the_environment_unseen(tmp_path, key):
    with pytest.raises(UsageError, match="put it into the variable QA_LLM_KEY") as caught:
        read(tmp_path, project=f"{key} = 'secret'")
    assert "secret" not in str(caught.value)
