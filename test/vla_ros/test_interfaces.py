# SPDX-License-Identifier: Apache-2.0
"""The interface table is the one that people read."""

from pathlib import Path

import pytest

from vla_ros.errors import VlaError
from vla_ros.interfaces import INTERFACES, interface, markdown_table

ROOT = Path(__file__).parents[2]


def test_readme_shows_the_table_of_the_code() -> None:
    assert markdown_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_names_are_relative_but_for_the_graph_wide_ones() -> None:
    absolute = {row.name for row in INTERFACES.values() if row.name.startswith("/")}
    assert absolute <= {"/diagnostics"}


def test_unknown_row_names_the_nearest() -> None:
    with pytest.raises(VlaError, match=r"unknown interface 'observatio'\. Did you mean 'observation'\?"):
        interface("observatio")
