# SPDX-License-Identifier: Apache-2.0
"""Each substitution: its text, and what it says when it has none."""

import sys

import pytest

from launch import LaunchContext
from launch import substitutions as subs
from launch.errors import LaunchError
from launch.utilities import normalize_to_list_of_substitutions

TEXT = subs.TextSubstitution(text="t")


@pytest.fixture
def context():
    context = LaunchContext()
    context.launch_configurations.update(name="arm", on="true", off="0", two="2")
    context.extend_locals({"event": type("Event", (), {"reason": "because"})()})
    return context


CASES = [
    (TEXT, "t"),
    (subs.LaunchConfiguration("name"), "arm"),
    (subs.LaunchConfiguration("absent", default=5), "5"),
    (subs.LaunchConfiguration("absent", default=["a", TEXT]), "at"),
    (subs.EnvironmentVariable("NO_SUCH_VARIABLE_HERE", default_value="d"), "d"),
    (subs.PathJoinSubstitution(["/a", ["b", TEXT], "c"]), "/a/bt/c"),
    (subs.PathJoinSubstitution(["/a"]) / "b", "/a/b"),
    (subs.StringJoinSubstitution(["a", TEXT], delimiter="-"), "a-t"),
    (subs.PythonExpression([subs.LaunchConfiguration("two"), " * pi > 6"]), "True"),
    (subs.Command([sys.executable, " -c 'print(1 + 1)'"]), "2\n"),
    (subs.LocalSubstitution("event.reason"), "because"),
    (subs.EqualsSubstitution(subs.LaunchConfiguration("on"), True), "true"),
    (subs.EqualsSubstitution("1.0", 1), "true"),
    (subs.NotEqualsSubstitution("a", "b"), "true"),
    (subs.AndSubstitution(subs.LaunchConfiguration("on"), subs.LaunchConfiguration("off")), "false"),
    (subs.OrSubstitution("true", "false"), "true"),
    (subs.NotSubstitution(subs.LaunchConfiguration("off")), "true"),
    (subs.AnySubstitution("0", "0", "1"), "true"),
    (subs.AllSubstitution("1", "1", "0"), "false"),
    (subs.IfElseSubstitution("1", "yes", "no"), "yes"),
    (subs.IfElseSubstitution("0", subs.LaunchConfiguration("absent"), "no"), "no"),
]


@pytest.mark.parametrize(("substitution", "expected"), CASES, ids=lambda value: type(value).__name__)
def test_a_substitution_gives_its_text(context, substitution, expected):
    assert substitution.perform(context) == expected


def test_file_content_and_executables_are_found(context, tmp_path):
    (tmp_path / "f").write_text("content")
    assert subs.FileContent(str(tmp_path / "f")).perform(context) == "content"
    assert subs.FindExecutable(name="sh").perform(context).endswith("/sh")


REFUSED = [
    (subs.LaunchConfiguration("nam"), "launch configuration 'nam' does not exist (did you mean: name?)"),
    (subs.EnvironmentVariable("NO_SUCH_VARIABLE_HERE"), "NO_SUCH_VARIABLE_HERE"),
    (subs.FindExecutable(name="no-such-program"), "'no-such-program' not found on the PATH"),
    (subs.FileContent("/no/such/file"), "/no/such/file"),
    (subs.Command("false"), "exited with 1"),
    (subs.Command("/no/such/program"), "cannot be run"),
    (subs.Command("sh -c 'echo oh >&2'"), "printed errors: oh"),
    (subs.PythonExpression("1 / 0"), "ZeroDivisionError"),
    (subs.LocalSubstitution("event.cause"), "event.cause"),
    (subs.NotSubstitution("maybe"), "got 'maybe'"),
    (subs.ThisLaunchFileDir(), "no current launch file"),
]


@pytest.mark.parametrize(("substitution", "message"), REFUSED, ids=lambda value: type(value).__name__)
def test_a_substitution_without_text_says_why(context, substitution, message):
    with pytest.raises(LaunchError) as raised:
        substitution.perform(context)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [None, 3, object()])
def test_what_is_neither_text_nor_substitution_is_refused(value):
    with pytest.raises(TypeError, match="expected text, a path or a substitution"):
        normalize_to_list_of_substitutions(value)
