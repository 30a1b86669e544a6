# SPDX-License-Identifier: Apache-2.0
"""The exports that stand in for sourcing the environment."""

import subprocess

from tools.setup.environment_script import export_lines


def exported(lines: list[str], name: str, environment: dict[str, str]) -> str:
    """Return a variable after bash has run the lines."""
    command = ["bash", "-c", "\n".join([*lines, f'printf %s "${{{name}}}"'])]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_lists_of_paths_are_put_before_what_the_caller_has() -> None:
    lines = export_lines({"PATH": "/bin"}, {"PATH": "/a b/bin:/bin"})
    assert exported(lines, "PATH", {"PATH": "/usr/bin"}) == "/a b/bin:/usr/bin"


def test_unset_list_gets_no_empty_entry() -> None:
    lines = export_lines({}, {"PYTHONPATH": "/x"})
    assert exported(lines, "PYTHONPATH", {}) == "/x"


def test_values_keep_their_special_characters() -> None:
    value = 'it\'s $HOME `true` "x"'
    assert exported(export_lines({}, {"MARK": value}), "MARK", {}) == value


def test_unchanged_and_shell_variables_are_left_alone() -> None:
    assert export_lines({"SAME": "1"}, {"SAME": "1", "SHLVL": "2", "_": "/usr/bin/env"}) == []
