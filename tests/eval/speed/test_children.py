import json
import subprocess
import sys

import pytest

from qa_eval.speed.children import ChildFailed, run


def test_a_process_is_timed_and_its_last_line_read(tmp_path):
    code = "import sys, time; print('first', flush=True); time.sleep(0.2); print('{\"said\": \"' + sys.argv[1] + '\"}')"
    ran = run(code, "é", folder=tmp_path)
    assert ran.result == {"said": "é"}
    assert 0 < ran.first < ran.seconds - 0.15
    assert ran.peak_mb > 5


def test_a_process_that_holds_more_is_seen_to(tmp_path):
    # In a process of its own: the system counts what the process that starts another holds, and pytest's is large.
    code = f"""
import json, pathlib
from qa_eval.speed.children import run
folder = pathlib.Path({str(tmp_path)!r})
print(json.dumps([run(f"print(len(b'x' * {{size}}))", folder=folder).peak_mb for size in (1, 500_000_000)]))
"""
    small, large = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert small < 400 < 500 < large < 600


def test_nothing_is_fetched_and_nothing_in_the_folder_is_imported(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit(9)", encoding="utf-8")
    code = "import json, os; print(json.dumps({k: os.environ[k] for k in ('HF_HUB_OFFLINE', 'ANONYMIZED_TELEMETRY')}))"
    assert run(code, folder=tmp_path).result == {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}


def test_a_process_that_fails_says_why_in_one_line(tmp_path):
    with pytest.raises(ChildFailed, match=r"^its process ended with code 1: ValueError: no such store$"):
        run("raise ValueError('no such store')", folder=tmp_path)
    with pytest.raises(ChildFailed, match="was ended by signal 9"):
        run("import os; os.kill(os.getpid(), 9)", folder=tmp_path)


def test_an_exit_code_may_be_allowed(tmp_path):
    assert run("raise SystemExit(3)", folder=tmp_path, allowed=(0, 3)).result == {}
    with pytest.raises(ChildFailed):
        run("raise SystemExit(3)", folder=tmp_path)


@pytest.mark.parametrize("last", ["{", "[1]", "{'a': 1}", "no JSON"])
def test_output_that_is_no_object_is_no_result(tmp_path, last):
    assert run(f"print({last!r})", folder=tmp_path).result == {}
