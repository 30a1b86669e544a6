# SPDX-License-Identifier: Apache-2.0
"""Independent jobs in one process, several, or on Ray: every job once, its result with its index."""

import math
import sys

import pytest

from vla_ros.errors import VlaError
from vla_ros.parallel import completed

JOBS = [9.0, 16.0, 25.0]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_result_comes_with_the_index_of_its_job(workers: int) -> None:
    assert dict(completed(math.sqrt, JOBS, workers)) == {0: 3.0, 1: 4.0, 2: 5.0}


def test_error_of_a_job_is_raised_where_results_are_taken() -> None:
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        list(completed(math.sqrt, [4.0, -1.0], 2))


def test_missing_ray_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(VlaError, match=r"\./run --extra cluster"):
        list(completed(math.sqrt, JOBS, ray=""))
