# SPDX-License-Identifier: Apache-2.0
"""The command line of the benchmarks."""

import json
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks import __main__ as command_line

BENCHMARK = '''"""Counts to three.

Long text."""


def run(quick):
    return {"count": 1.5 if quick else 3}
'''


@pytest.fixture
def _counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of benchmarks with one in it."""
    (tmp_path / "counting.py").write_text(BENCHMARK)
    (tmp_path / "shared.py").write_text('"""No benchmark."""\n')
    monkeypatch.setattr(command_line, "FOLDER", tmp_path)
    monkeypatch.setattr(command_line, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "benchmarks.counting", raising=False)


@pytest.mark.usefixtures("_counting")
def test_list_shows_benchmarks_only_with_their_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 0
    assert capsys.readouterr().out == "counting  Counts to three.\n"


@pytest.mark.usefixtures("_counting")
def test_json_to_standard_output_is_one_object_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["counting", "--quick", "--json", "-"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(answer) == {"name", "machine", "versions", "date", "figures"}
    assert answer["name"] == "counting"
    assert answer["figures"] == {"count": 1.5}


@pytest.mark.usefixtures("_counting")
@pytest.mark.parametrize(("arguments", "kept"), [([], True), (["--quick"], False)])
def test_only_full_results_are_kept(tmp_path: Path, arguments: list[str], kept: bool) -> None:
    command_line.main(["counting", *arguments])
    assert (tmp_path / "results" / "counting.json").exists() is kept


@pytest.mark.usefixtures("_counting")
def test_unknown_name_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["countign"]) == 2
    assert "did you mean counting?" in capsys.readouterr().err


def test_figure_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="late"):
        command_line.checked({"late": float("nan"), "fine": 1.0})
