# SPDX-License-Identifier: Apache-2.0
"""What is kept and told of an evaluation: resumable folder, exact intervals, comparison, page."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from vla_ros.errors import VlaError
from vla_ros.evaluation.comparison import compare
from vla_ros.evaluation.figures import UNITS
from vla_ros.evaluation.page import report_page
from vla_ros.evaluation.plan import EvaluationPlan
from vla_ros.evaluation.results import AttemptResult, ResultFolder
from vla_ros.evaluation.summary import summarise

PLAN = EvaluationPlan(policy="scripted", policies="p", contract="a/franka.yaml", safety="a/fr3.yaml")


def result(seed: int, *, success: bool = True, skill: str = "pick") -> AttemptResult:
    """Return an attempt."""
    figures = dict.fromkeys(UNITS, 1.0)
    kept = {"figures": figures, "grades": {"unchanged": 3, "slowed": 1}, "limits": {}, "errors": {}}
    failure = "" if success else "time"
    return AttemptResult("nominal", skill, seed, "pick up the <cube>", success, 2.0 + seed, failure, **kept)


def report(successes: int, attempts: int) -> dict[str, object]:
    """Return the report of so many attempts."""
    return summarise({"policy": "p"}, [result(seed, success=seed < successes) for seed in range(attempts)])


def test_folder_gives_back_what_was_kept(tmp_path: Path) -> None:
    kept = [result(1), result(2, success=False)]
    folder = ResultFolder(tmp_path / "e", PLAN, "hash")
    for item in kept:
        folder.add(item)
    assert ResultFolder(tmp_path / "e", replace(PLAN, policies="elsewhere"), "hash").attempts() == kept


def test_line_that_was_cut_off_is_an_attempt_that_was_not_made(tmp_path: Path) -> None:
    folder = ResultFolder(tmp_path, PLAN, "")
    folder.add(result(1))
    folder.add(result(2))
    file = tmp_path / "attempts.jsonl"
    file.write_text(file.read_text()[:-40])
    assert [item.seed for item in folder.attempts()] == [1]


def test_attempts_of_another_plan_are_never_mixed(tmp_path: Path) -> None:
    ResultFolder(tmp_path, PLAN, "old")
    with pytest.raises(VlaError, match="checkpoint 'old', this one has 'new'"):
        ResultFolder(tmp_path, PLAN, "new")
    with pytest.raises(VlaError, match=r"delay_s 0\.1, this one has 0\.2"):
        ResultFolder(tmp_path, replace(PLAN, delay_s=0.2), "old")


def test_interval_is_the_exact_one() -> None:
    group = report(27, 30)["groups"][0]  # type: ignore[index]
    assert group["success"] == pytest.approx(0.9)
    # R: binom.test(27, 30)$conf.int
    assert (group["success_low"], group["success_high"]) == pytest.approx((0.7347, 0.9789), abs=5e-5)
    assert group["failed_seeds"] == [27, 28, 29]
    assert group["grades"] == {"unchanged": 0.75, "slowed": 0.25}


def test_order_of_attempts_does_not_change_the_report() -> None:
    items = [result(seed, skill=skill) for seed in range(3) for skill in ("pick", "open")]
    assert json.dumps(summarise({}, items)) == json.dumps(summarise({}, reversed(items)))


def test_clear_difference_is_sure_and_a_small_one_is_not() -> None:
    clear = compare(report(10, 30), report(27, 30))[0]
    small = compare(report(26, 30), report(27, 30))[0]
    assert clear.sure
    assert "33.3% → 90.0%, differs" in clear.sentence
    assert not small.sure


def test_p_value_is_barnards() -> None:
    # The table of Barnard's example in the documentation of scipy.stats.barnard_exact: 7, 12 against 8, 3.
    found = compare(report(7, 15), report(12, 15))[0]
    assert found.p_value == pytest.approx(0.0682, abs=5e-4)


def test_equal_shares_do_not_differ() -> None:
    assert compare(report(5, 5), report(5, 5))[0].p_value == 1.0


def test_evaluations_without_a_common_task_are_refused() -> None:
    with pytest.raises(VlaError, match="no task in common"):
        compare(report(1, 2), summarise({}, [result(1, skill="open")]))


class _Outside(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        links = [value for name, value in attrs if name in ("src", "href") and value]
        self.found += [link for link in links if not link.startswith(("data:", "#"))]


def test_page_needs_nothing_from_outside_and_shows_films(tmp_path: Path) -> None:
    attempts = [result(1), result(2, success=False)]
    identity = ResultFolder(tmp_path, PLAN, "abc").identity
    page = report_page(summarise(identity, attempts), attempts, {attempts[1].key: b"jpeg"}, ())
    outside = _Outside()
    outside.feed(page)
    assert outside.found == []
    assert "data:image/jpeg;base64,anBlZw==" in page
    assert "pick up the &lt;cube&gt;" in page
    assert page.count("<svg") == 3
