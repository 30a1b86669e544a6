# SPDX-License-Identifier: Apache-2.0
"""Whether one evaluation succeeds more often than another: Barnard's exact test, group by group. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vla_ros.errors import VlaError

__all__ = ["Comparison", "compare"]

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """One group in two evaluations.

    Attributes:
        name: Of the group.
        first, second: Successes and attempts.
        p_value: Of equal probabilities of success, two-sided (Barnard 1947; Wald statistic of pooled variance).
        seconds: Median times to success [s]; None where there is none.
    """

    name: str
    first: tuple[int, int]
    second: tuple[int, int]
    p_value: float
    seconds: tuple[float | None, float | None]

    @property
    def sure(self) -> bool:
        """Whether the difference is significant at 5 %."""
        return self.p_value < LEVEL

    @property
    def sentence(self) -> str:
        """What the comparison says."""
        shares = [successes / attempts for successes, attempts in (self.first, self.second)]
        word = "differs" if self.sure else "no significant difference"
        return f"{self.name}: {shares[0]:.1%} → {shares[1]:.1%}, {word} (p = {self.p_value:.3g})"


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Comparison]:
    """Compare every group that both reports have.

    Raises:
        VlaError: they have none in common.
    """
    one, two = ({group["name"]: group for group in report["groups"]} for report in (first, second))
    common = [name for name in one if name in two]
    if not common:
        raise VlaError("the two evaluations have no task in common")
    return [_comparison(name, one[name], two[name]) for name in common]


def _comparison(name: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> Comparison:
    from scipy.stats import barnard_exact  # takes half a second to import

    counts = [(int(group["successes"]), int(group["attempts"])) for group in (first, second)]
    table = [[counts[0][0], counts[1][0]], [counts[0][1] - counts[0][0], counts[1][1] - counts[1][0]]]
    p_value = 1.0 if 0 in (sum(table[0]), sum(table[1])) else float(barnard_exact(table).pvalue)
    medians = [(group["time_to_success_s"] or {}).get("p50") for group in (first, second)]
    return Comparison(name, counts[0], counts[1], p_value, (medians[0], medians[1]))
