# SPDX-License-Identifier: Apache-2.0
"""The command line that a Node action makes: names, parameters, remaps; and what it refuses."""

import itertools
import os
import sys
from pathlib import Path

import pytest
import yaml

from launch import LaunchContext
from launch.actions import SetLaunchConfiguration
from launch.errors import LaunchError
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import ComposableNodeContainer, Node, PushRosNamespace, SetParameter, SetRemap, SetUseSimTime
from launch_ros.descriptions import Parameter, ParameterFile, ParameterValue
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package ``demo`` with an executable ``talker``."""
    marker = tmp_path / "share/ament_index/resource_index/packages/demo"
    executable = tmp_path / "lib/demo/talker"
    for file in (marker, executable, tmp_path / "share/demo/package.xml"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    executable.chmod(0o755)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def context() -> LaunchContext:
    return LaunchContext()


def command(context: LaunchContext, **options: object) -> list[str]:
    return Node(package="demo", executable="talker", **options).resolve(context).cmd


def parameters(words: list[str]) -> dict[str, object]:
    """Return all parameters of the command line; what stands later wins, as in a node."""
    merged: dict[str, object] = {}
    for flag, path in itertools.pairwise(words):
        if flag == "--params-file":
            merged.update(yaml.safe_load(Path(path).read_text())["/**"]["ros__parameters"])
    return merged


def test_the_executable_is_that_of_the_package_and_arguments_come_before_those_of_ros(context, package):
    words = command(context, name="t", namespace="left", arguments=["--fast"], ros_arguments=["--log-level", "debug"])
    assert words == [
        str(package / "lib/demo/talker"), "--fast", "--ros-args", "--log-level", "debug",
        "-r", "__node:=t", "-r", "__ns:=/left",
    ]  # fmt: skip


def test_an_executable_without_a_package_is_a_program(context):
    assert Node(executable=sys.executable).resolve(context).cmd == [sys.executable, "--ros-args"]


@pytest.mark.parametrize(
    ("pushed", "own", "expected"),
    [
        (["a"], None, "/a"),
        (["a", "b"], "c", "/a/b/c"),
        (["a"], "/c", "/c"),
        (["a", "/b"], None, "/b"),
        ([], None, None),
    ],
)
def test_namespaces_join_unless_they_are_absolute(context, pushed, own, expected):
    for namespace in pushed:
        PushRosNamespace(namespace).execute(context)
    words = command(context, namespace=own)
    assert [word for word in words if word.startswith("__ns")] == ([f"__ns:={expected}"] if expected else [])


def test_parameters_keep_their_types(context):
    SetLaunchConfiguration("rate", "6").execute(context)
    rate = LaunchConfiguration("rate")
    given = {
        "text": "1", "number": 2, "ratio": 0.5, "flag": True, "list": [1.0, 2.0], "read": rate, "joined": [rate, ".5"],
        "typed": ParameterValue(rate, value_type=str), "float": ParameterValue(rate, value_type=float),
        "inner": {"deep": ["a", "b"]},
    }  # fmt: skip
    found = parameters(command(context, parameters=[given, Parameter("named", 3)]))
    assert found == {
        "text": "1", "number": 2, "ratio": 0.5, "flag": True, "list": [1.0, 2.0], "read": 6, "joined": 6.5,
        "typed": "6", "float": 6.0, "inner.deep": ["a", "b"], "named": 3,
    }  # fmt: skip


def test_parameters_of_the_scope_come_first_so_that_a_node_may_differ(context):
    SetParameter("rate", 1).execute(context)
    SetUseSimTime("true").execute(context)
    found = parameters(command(context, parameters=[{"rate": 2}]))
    assert found == {"rate": 2, "use_sim_time": True}


def test_a_parameter_file_is_handed_on_and_may_hold_substitutions(context, tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("/**:\n  ros__parameters:\n    a: $(var rate)\n")
    context.launch_configurations["rate"] = "6"
    assert str(file) in command(context, parameters=[str(file)])
    assert parameters(command(context, parameters=[ParameterFile(str(file), allow_substs=True)])) == {"a": 6}


def test_remaps_of_the_scope_and_of_the_node_are_given(context):
    SetRemap("a", "b").execute(context)
    words = command(context, remappings=[("chatter", LaunchConfiguration("to", default="hi"))])
    assert words[-4:] == ["-r", "a:=b", "-r", "chatter:=hi"]


def test_the_share_folder_of_a_package_is_found(context, package):
    assert FindPackageShare("demo").perform(context) == str(package / "share/demo")


REFUSED = [
    (lambda: {"remappings": ["a:=b"]}, "remappings are pairs (from, to), got 'a:=b'"),
    (lambda: {"parameters": {"a": 1}}, "parameters of a Node must be a list"),
    (lambda: {"parameters": [{"a": object()}]}, "parameter 'a' cannot hold"),
    (lambda: {"parameters": ["/no/such.yaml"]}, "parameter file '/no/such.yaml' does not exist"),
    (lambda: {"parameters": [{"a": ParameterValue("x", value_type=float)}]}, "parameter value 'x' is not a float"),
    (lambda: {"name": "a/b"}, "node name 'a/b' is not valid"),
    (lambda: {"namespace": "1st"}, "namespace '/1st' is not valid: '1st'"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=[message[:30] for _, message in REFUSED])
def test_a_wrong_node_says_what_is_wrong(context, options, message):
    with pytest.raises(LaunchError) as raised:
        command(context, **options())
    assert message in str(raised.value)


@pytest.mark.parametrize("text", ["a: [1, 2", "- 1\n", "a: b: c"])
def test_a_file_that_is_no_parameter_file_is_named(context, tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(LaunchError, match=r"parameter file '.*bad.yaml'"):
        command(context, parameters=[str(tmp_path / "bad.yaml")])


def test_unknown_packages_and_executables_name_the_nearest(context):
    with pytest.raises(LaunchError, match=r"package 'demmo' not found \(did you mean: demo\?\)"):
        FindPackageShare("demmo").perform(context)
    with pytest.raises(LaunchError, match=r"executable 'talkr' not found in .*lib/demo' \(did you mean: talker\?\)"):
        ExecutableInPackage("talkr", "demo").perform(context)


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(TypeError, match="did you mean: respawn"):
        Node(package="demo", executable="talker", respwan=True)


def test_containers_say_that_they_need_a_real_ros_2(context):
    with pytest.raises(LaunchError, match="needs a real ROS 2"):
        ComposableNodeContainer(name="c", namespace="", package="p", executable="e").execute(context)


def test_parameter_files_go_with_the_process(tmp_path):
    import subprocess

    code = (
        "from launch import LaunchContext; from launch_ros.actions import Node; import sys;"
        "print(Node(executable='x', parameters=[{'a': 1}]).resolve(LaunchContext()).cmd[-1])"
    )
    path = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert path.endswith(".yaml") and not os.path.exists(path)
