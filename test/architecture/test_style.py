# SPDX-License-Identifier: Apache-2.0
"""The checker of the style bars finds what it is for."""

from pathlib import Path

import pytest

from tools.style import file_findings

HEADER = '# SPDX-License-Identifier: Apache-2.0\n"""A module."""\n'


def findings(tmp_path: Path, text: str, name: str = "source.py") -> list[str]:
    """Return the texts of the findings in a file of that content."""
    path = tmp_path / "src" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return [finding.text for finding in file_findings(path.relative_to(tmp_path))]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def nested(depth: int) -> str:
    """Return a function whose blocks are nested that deep."""
    blocks = "".join(f"{'    ' * (level + 1)}if x:\n" for level in range(depth))
    return f"def f(x) -> None:\n{blocks}{'    ' * (depth + 1)}pass\n"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('"""A module."""\n', "no line 'SPDX-License-Identifier: Apache-2.0' at the top"),
        (
            "# SPDX-License-Identifier: Apache-2.0\nx = 1\n",
            "no module docstring that says what is here and what is not",
        ),
        (HEADER + "x = 1\n" * 399, "401 lines, at most 400"),
        (HEADER + "def f() -> None:\n" + "    x = 1\n" * 60, "f: 61 lines, at most 60"),
        (HEADER + nested(4), "f: nested 4 deep, at most 3"),
        (HEADER + "def f(x):\n    pass\n", "f: no return annotation"),
        (
            HEADER + "def f(a, b, c, d, e, g) -> None:\n    pass\n",
            "f: 6 positional parameters, at most 5; group them in a dataclass",
        ),
        (
            HEADER + "class C:\n    def f(self) -> None:\n" + "".join(f"        self.x{i} = 1\n" for i in range(13)),
            "C: 13 attributes, at most 12",
        ),
        (
            HEADER + "class C:\n" + "".join(f"    def f{i}(self) -> None: ...\n" for i in range(16)),
            "C: 16 methods, at most 15",
        ),
    ],
)
def test_breach_of_a_bar_is_found(tmp_path: Path, text: str, finding: str) -> None:
    assert findings(tmp_path, text) == [finding]


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "x = 1\n" * 398,
        HEADER + "def f() -> None:\n" + "    x = 1\n" * 59,
        HEADER + nested(3),
        HEADER + "def f(a, b, c, d, e, *, g) -> None:\n    pass\n",
        "",
    ],
)
def test_file_within_the_bars_passes(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, text) == []


def test_node_may_have_150_lines_and_a_launch_file_120(tmp_path: Path) -> None:
    text = HEADER + "x = 1\n" * 149
    assert findings(tmp_path, text, "arm_node.py") == ["151 lines, at most 150"]
    assert findings(tmp_path, text, "arm.launch.py") == ["151 lines, at most 120"]


def test_module_named_after_nothing_is_found(tmp_path: Path) -> None:
    assert findings(tmp_path, HEADER, "utils.py") == ["utils.py says nothing about what is in it"]
