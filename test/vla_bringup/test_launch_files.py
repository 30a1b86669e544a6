# SPDX-License-Identifier: Apache-2.0
"""Every launch file, with every option: which programs it would start, with which parameters. Nothing is started."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import LaunchContext
from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.utilities import normalize_to_list_of_substitutions, perform_substitutions
from launch_ros.actions import Node

ROOT = Path(__file__).parents[2]
FILES = sorted(path.name for path in (ROOT / "launch").glob("*.launch.py"))
ALWAYS = {"ingestion_node", "safety_node", "policy_node", "planner_node", "executor_node", "supervisor_node"}
DRIVER = """
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration
NAMES = ("robot_type", "robot_ip", "namespace", "use_fake_hardware", "load_gripper", "joint_state_rate",
         "controllers_yaml")


def generate_launch_description():
    words = [word for name in NAMES for word in ("--" + name, LaunchConfiguration(name))]
    return LaunchDescription([*(DeclareLaunchArgument(name) for name in NAMES), ExecuteProcess(cmd=["driver", *words])])
"""


@pytest.fixture(autouse=True)
def _built() -> None:
    try:
        get_package_share_directory("vla_bringup")
    except PackageNotFoundError:
        pytest.skip("needs the built workspace: ./run pytest")


@pytest.fixture
def franka_bringup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a stand-in for the arm's driver on the path: it has the driver's arguments, and asks for all of them."""
    share = tmp_path / "share"
    index = share / "ament_index/resource_index/packages"
    folder = share / "franka_bringup/launch"
    for path in (index, folder):
        path.mkdir(parents=True)
    (index / "franka_bringup").touch()
    (folder / "franka.launch.py").write_text(DRIVER)
    monkeypatch.setenv("AMENT_PREFIX_PATH", os.pathsep.join([str(tmp_path), os.environ["AMENT_PREFIX_PATH"]]))


def description(name: str) -> Any:
    """Return the launch description of a file."""
    return PythonLaunchDescriptionSource(str(ROOT / "launch" / name)).get_launch_description(LaunchContext())


def started(entity: Any, context: LaunchContext) -> Iterator[ExecuteProcess]:
    """Yield the processes that an entity would start, depth first, as the launch service would go through it."""
    if isinstance(entity, ExecuteProcess):
        if entity.condition is None or entity.condition.evaluate(context):
            yield entity
        return
    for each in entity.visit(context) or ():
        yield from started(each, context)


def programs(name: str, **arguments: str) -> dict[str, list[str]]:
    """Return what a launch file starts with these arguments: the words of each command, by executable.

    Other processes are known by their first word.
    """
    context = LaunchContext()
    context.launch_configurations.update(arguments)
    found: dict[str, list[str]] = {}
    for process in started(description(name), context):
        if isinstance(process, Node):
            found.setdefault(_text(context, process.node_executable), [])
        else:
            words = [_text(context, word) for word in process.cmd]
            found[words[0]] = words
    return found


def _text(context: LaunchContext, value: Any) -> str:
    return str(perform_substitutions(context, normalize_to_list_of_substitutions(value)))


@pytest.mark.parametrize("name", FILES)
def test_every_argument_is_described_and_every_choice_is_listed(name: str) -> None:
    declared = [each for each in description(name).entities if isinstance(each, DeclareLaunchArgument)]
    assert declared
    context = LaunchContext()
    for argument in declared:
        assert len(argument.description) >= 10, argument.name
        default = argument.default_value and perform_substitutions(context, argument.default_value)
        if default in ("true", "false"):
            assert list(argument.choices) == ["true", "false"], argument.name
        assert default is None or argument.choices is None or default in argument.choices


@pytest.mark.parametrize("name", FILES)
def test_show_args_prints_every_argument_with_its_description(name: str) -> None:
    words = ["ros2", "launch", str(ROOT / "launch" / name), "--show-args"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert answer.returncode == 0, answer.stderr
    for argument in description(name).entities:
        if isinstance(argument, DeclareLaunchArgument):
            assert f"'{argument.name}'" in answer.stdout
            assert argument.description.split()[0] in answer.stdout


def test_simulation_is_the_default() -> None:
    assert set(programs("franka.launch.py")) == ALWAYS | {"sim_node", "console_node"}


@pytest.mark.parametrize(
    ("arguments", "more", "fewer"),
    [
        ({"record": "true"}, {"recorder_node"}, set()),
        ({"rviz": "true"}, {"rviz2"}, set()),
        ({"console": "false"}, set(), {"console_node"}),
        ({"policy": "elsewhere"}, set(), {"policy_node"}),
        ({"instruction": "go home"}, {"instruct"}, set()),
        ({"robot": "panda"}, set(), set()),
    ],
)
def test_option_starts_or_leaves_out_its_program(arguments: Mapping[str, str], more: set[str], fewer: set[str]) -> None:
    usual = ALWAYS | {"sim_node", "console_node"}
    assert set(programs("franka.launch.py", **arguments)) == (usual | more) - fewer


@pytest.mark.usefixtures("franka_bringup")
@pytest.mark.parametrize("robot", ["fr3", "panda"])
@pytest.mark.parametrize("arguments", [{"robot_ip": "172.16.0.2"}, {"use_fake_hardware": "true"}])
def test_real_arm_takes_the_place_of_the_simulation(robot: str, arguments: Mapping[str, str]) -> None:
    found = programs("franka.launch.py", robot=robot, namespace="left", **arguments)
    assert set(found) == ALWAYS - {"policy_node"} | {"console_node", "spawner", "driver"}
    named = programs("franka.launch.py", robot=robot, policy="default", **arguments)
    assert set(named) == set(found) | {"policy_node"}, "a policy moves a real arm only if somebody names it"
    words = dict(zip(found["driver"][1::2], found["driver"][2::2], strict=True))
    assert words["--robot_type"] == robot
    assert words["--robot_ip"] == arguments.get("robot_ip", "")
    assert words["--use_fake_hardware"] == arguments.get("use_fake_hardware", "false")
    assert words["--namespace"] == "left"
    controllers = Path(words["--controllers_yaml"])
    assert f"{robot}_arm_controller" in controllers.read_text()


def test_wrong_choice_is_refused_with_the_choices() -> None:
    with pytest.raises(RuntimeError, match="fr3"):
        programs("franka.launch.py", robot="ur5")


@pytest.mark.parametrize(
    ("argument", "value", "sentence"),
    [
        ("seed", "-3", "whole number from 0"),
        ("seed", "seven", "whole number from 0"),
        ("policy", "defualt", "Did you mean 'default'"),
        ("policy", "/nowhere/policy.yaml", "cannot be read"),
        ("planner", "gramar", "Did you mean 'grammar'"),
        ("planner", "skills", "unknown planner"),
        ("planner", "/nowhere/planner.yaml", "no such file"),
        ("tree", "deflt", "Did you mean 'default'"),
        ("scene", "tablet", "Did you mean 'tabletop'"),
        ("camera_rate", "0", "from 1 to 1000"),
        ("camera_rate", "fast", "from 1 to 1000"),
        ("console_port", "99999", "from 1 to 65535"),
        ("params_file", "/nowhere.yaml", "no such file"),
    ],
)
def test_wrong_argument_is_refused_before_anything_starts(argument: str, value: str, sentence: str) -> None:
    with pytest.raises(RuntimeError, match=f"^{argument}:={value} is refused: .*{sentence}"):
        programs("franka.launch.py", **{argument: value})


def test_refused_argument_is_one_sentence_and_an_exit_code() -> None:
    words = ["ros2", "launch", "vla_bringup", "franka.launch.py", "seed:=-3"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert answer.returncode == 1
    assert "seed:=-3 is refused: it must be a whole number" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    assert "process started" not in answer.stdout + answer.stderr


def test_two_arms_are_two_of_everything() -> None:
    context = LaunchContext()
    nodes = [each for each in started(description("two_arms.launch.py"), context) if isinstance(each, Node)]
    executables = [_text(context, node.node_executable) for node in nodes]
    assert all(executables.count(name) == 2 for name in (*ALWAYS, "sim_node", "console_node"))


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("record.launch.py", {}, {"recorder_node"}),
        ("policy_server.launch.py", {}, {"policy_node"}),
    ],
)
def test_small_launch_file_starts_its_program(name: str, arguments: Mapping[str, str], expected: set[str]) -> None:
    assert set(programs(name, **arguments)) == expected


def test_replay_is_lock_step_unless_asked_for_real_time() -> None:
    assert "evaluate_bag" in programs("replay.launch.py", bag="b")
    live = programs("replay.launch.py", bag="b", real_time="true")
    assert "evaluate_bag" not in live
    assert {"ingestion_node", "policy_node"} <= set(live)
