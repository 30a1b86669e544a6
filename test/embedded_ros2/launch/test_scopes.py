# SPDX-License-Identifier: Apache-2.0
"""Arguments, configurations, groups, includes, environment."""

import os

import pytest

from launch import LaunchDescription
from launch.actions import (
    AppendEnvironmentVariable,
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    SetLaunchConfiguration,
    UnsetLaunchConfiguration,
)
from launch.conditions import IfCondition, LaunchConfigurationEquals, UnlessCondition
from launch.errors import LaunchError
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, ThisLaunchFileDir

INCLUDED = """
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, LogInfo
from launch.substitutions import LaunchConfiguration, ThisLaunchFileDir


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument("speed", description="how fast [m/s]"),
        DeclareLaunchArgument("mode", default_value="slow", choices=["slow", "fast"]),
        LogInfo(msg=["speed ", LaunchConfiguration("speed"), " in ", ThisLaunchFileDir()]),
    ])
"""


@pytest.fixture
def included(tmp_path):
    path = tmp_path / "inner.launch.py"
    path.write_text(INCLUDED)
    return path


def show(*names):
    return LogInfo(msg=[part for name in names for part in (f"{name}=", LaunchConfiguration(name, default="-"), ";")])


def test_an_argument_takes_its_default_and_a_given_value_wins(launch):
    declare = DeclareLaunchArgument("a", default_value=["x", LaunchConfiguration("b", default="y")])
    assert launch(declare, show("a")).has("a=xy;")
    assert launch(SetLaunchConfiguration("a", "given"), declare, show("a")).has("a=given;")


def test_a_required_argument_without_value_is_named(launch):
    outcome = launch(DeclareLaunchArgument("robot_ip", description="address of the arm"))
    assert outcome.code == 1
    assert outcome.has("launch argument 'robot_ip' (address of the arm) is required: add robot_ip:=VALUE")


def test_a_value_outside_the_choices_names_them_and_the_nearest(launch):
    outcome = launch(SetLaunchConfiguration("robot", "pand"), DeclareLaunchArgument("robot", choices=["fr3", "panda"]))
    assert outcome.code == 1
    assert outcome.has("must be one of 'fr3', 'panda'; got 'pand' (did you mean: panda?)")


def test_a_default_outside_the_choices_is_refused_where_it_is_declared():
    with pytest.raises(LaunchError, match="must be one of"):
        DeclareLaunchArgument("robot", default_value="ur5", choices=["fr3", "panda"])


def test_a_group_keeps_its_settings_to_itself(launch):
    outcome = launch(
        GroupAction([SetLaunchConfiguration("a", "inside"), SetEnvironmentVariable("IN", "1"), show("a")]),
        show("a"),
        OpaqueFunction(function=lambda context: [LogInfo(msg=f"IN={os.environ.get('IN')}")]),
    )
    assert outcome.position("a=inside;") < outcome.position("a=-;")
    assert outcome.has("IN=None")


def test_a_group_that_is_not_scoped_leaves_its_settings(launch):
    assert launch(GroupAction([SetLaunchConfiguration("a", "left")], scoped=False), show("a")).has("a=left;")


def test_a_group_that_does_not_forward_begins_anew(launch):
    group = GroupAction([show("a", "b")], forwarding=False, launch_configurations={"b": LaunchConfiguration("a")})
    assert launch(SetLaunchConfiguration("a", "1"), group, show("a", "b")).has("a=-;b=1;")


def test_an_included_file_gets_its_arguments_and_knows_its_folder(launch, included):
    source = PythonLaunchDescriptionSource(str(included))
    include = IncludeLaunchDescription(source, launch_arguments={"speed": "2"}.items())
    assert launch(include).has(f"speed 2 in {included.parent}")


def test_the_folder_of_the_outer_file_comes_back(launch, included):
    include = IncludeLaunchDescription(str(included), launch_arguments=[("speed", "2")])
    outcome = launch(include, LogInfo(msg=ThisLaunchFileDir()))
    assert outcome.has("there is no current launch file")


def test_a_missing_argument_of_an_included_file_is_named_with_the_file(launch, included):
    outcome = launch(IncludeLaunchDescription(str(included)))
    assert outcome.code == 1
    assert outcome.has("launch argument 'speed'", str(included), "how fast [m/s]")


def test_the_arguments_of_included_files_are_known_beforehand(included):
    description = LaunchDescription(
        [
            DeclareLaunchArgument("outer", default_value="1"),
            GroupAction([IncludeLaunchDescription(str(included), launch_arguments=[("speed", "2")])]),
        ]
    )
    assert [argument.name for argument in description.get_launch_arguments()] == ["outer", "mode"]


def test_which_file_is_included_may_depend_on_an_argument(launch, tmp_path, included):
    other = tmp_path / "other.launch.py"
    other.write_text(INCLUDED.replace("speed ", "other speed "))
    path = [str(tmp_path), "/", LaunchConfiguration("which", default="inner"), ".launch.py"]
    include = IncludeLaunchDescription(path, launch_arguments=[("speed", "2")])
    assert LaunchDescription([include]).get_launch_arguments()
    assert launch(SetLaunchConfiguration("which", "other"), include).has("other speed 2")


def test_a_file_that_includes_itself_is_no_endless_walk(tmp_path):
    path = tmp_path / "loop.launch.py"
    path.write_text(
        "from launch import LaunchDescription\nfrom launch.actions import IncludeLaunchDescription\n"
        f"def generate_launch_description():\n    return LaunchDescription([IncludeLaunchDescription({str(path)!r})])\n"
    )
    assert LaunchDescription([IncludeLaunchDescription(str(path))]).get_launch_arguments() == []


def test_conditions_choose_actions(launch):
    outcome = launch(
        SetLaunchConfiguration("on", "True"),
        LogInfo(msg="if", condition=IfCondition(LaunchConfiguration("on"))),
        LogInfo(msg="unless", condition=UnlessCondition(LaunchConfiguration("on"))),
        LogInfo(msg="equal", condition=LaunchConfigurationEquals("on", "True")),
        UnsetLaunchConfiguration("on"),
        LogInfo(msg="unset", condition=LaunchConfigurationEquals("on", None)),
    )
    assert [line.rpartition(": ")[2] for line in outcome.lines] == ["if", "equal", "unset"]


def test_a_condition_that_is_neither_true_nor_false_is_refused(launch):
    outcome = launch(LogInfo(msg="x", condition=IfCondition("yes")))
    assert outcome.code == 1 and outcome.has("expected one of true, 1, false, 0, got 'yes'")


def test_append_environment_variable_joins_with_its_separator(launch):
    outcome = launch(
        AppendEnvironmentVariable("LIST", "b"),
        AppendEnvironmentVariable("LIST", "c"),
        AppendEnvironmentVariable("LIST", "a", prepend=True),
        OpaqueFunction(function=lambda context: [LogInfo(msg=os.environ["LIST"])]),
    )
    assert outcome.has(": a:b:c")
