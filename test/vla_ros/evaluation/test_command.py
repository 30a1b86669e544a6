# SPDX-License-Identifier: Apache-2.0
"""The command line of the evaluation: what it makes, how it goes on, what it says to mistakes."""

import json
from pathlib import Path

import pytest

from vla_ros.evaluation import main

ROOT = Path(__file__).parents[3]


def run(*words: str) -> int:
    """Evaluate the scripted policy in this process."""
    return main(["--policy", "scripted", "--workers", "1", *words], ROOT)


def test_evaluation_goes_on_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "e")
    assert run("--tasks", "open", "--seeds", "1", "--out", out) == 0
    assert run("--tasks", "open", "--seeds", "2", "--out", out, "--compare", out) == 0
    said = capsys.readouterr().out
    assert "1 of 2 attempts were made before" in said
    assert "no significant difference" in said
    report = json.loads((tmp_path / "e" / "report.json").read_text())
    assert [(g["name"], g["successes"], g["attempts"]) for g in report["groups"]] == [("open", 2, 2)]
    assert (tmp_path / "e" / "report.html").read_text().count("data:image/jpeg") == 2


def test_too_little_success_is_exit_code_one(tmp_path: Path) -> None:
    assert run("--tasks", "close", "--seeds", "1", "--out", str(tmp_path), "--require", "1.1") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--tasks", "plase_in_bin"), "unknown task 'plase_in_bin'. Did you mean 'place_in_bin'?"),
        (("--conditions", "shov"), "unknown condition 'shov'. Did you mean 'shove'?"),
        (("--seeds", "many"), "--seeds must be a number or FIRST:END, got 'many'"),
        (("--seeds", "5:5"), "--seeds '5:5' holds no seed"),
        (("--delay", "soon"), "--delay must be seconds or 'measured', got 'soon'"),
        (("--scheduler", "blent"), "Did you mean 'blend'?"),
        (("--policy", "skripted"), "Did you mean 'scripted'?"),
        (("--compare", "nowhere"), "the earlier evaluation 'nowhere' cannot be read"),
    ],
)
def test_mistake_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert run("--out", str(tmp_path), *words) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.startswith("error: ")
    assert "Traceback" not in told
