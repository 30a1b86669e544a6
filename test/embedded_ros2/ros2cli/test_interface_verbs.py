# SPDX-License-Identifier: Apache-2.0
"""ros2 interface: what it prints, and its errors."""

from __future__ import annotations

import pytest

from ros2cli.main import main

POSE_STAMPED = """\
std_msgs/Header header
\tbuiltin_interfaces/Time stamp
\t\tint32 sec
\t\tuint32 nanosec
\tstring frame_id
Pose pose
\tPoint position
\t\tfloat64 x
\t\tfloat64 y
\t\tfloat64 z
\tQuaternion orientation
\t\tfloat64 x 0
\t\tfloat64 y 0
\t\tfloat64 z 0
\t\tfloat64 w 1
"""


def test_show_unfolds_nested_types(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", "show", "geometry_msgs/msg/PoseStamped"]) == 0
    assert capsys.readouterr().out == POSE_STAMPED


def test_show_prints_both_parts_of_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", "show", "std_srvs/srv/SetBool"]) == 0
    assert capsys.readouterr().out == "bool data\n---\nbool success\nstring message\n"


def test_list_groups_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith("    ")] == ["Messages:", "Services:", "Actions:"]
    assert lines.index("    std_msgs/msg/String") < lines.index("Services:") < lines.index("    std_srvs/srv/Empty")


def test_one_kind_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", "list", "-a"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Actions:"
    assert all("/action/" in line for line in lines[1:])


def test_package_and_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", "package", "std_srvs"]) == 0
    assert capsys.readouterr().out == "std_srvs/srv/Empty\nstd_srvs/srv/SetBool\nstd_srvs/srv/Trigger\n"
    assert main(["interface", "packages", "--only-srvs"]) == 0
    packages = capsys.readouterr().out.split()
    assert "std_srvs" in packages
    assert "std_msgs" not in packages


def test_proto_shows_the_request_with_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", "proto", "example_interfaces/srv/AddTwoInts"]) == 0
    assert capsys.readouterr().out == '"a: 0\nb: 0\n"\n'
    assert main(["interface", "proto", "--no-quotes", "geometry_msgs/msg/Quaternion"]) == 0
    assert capsys.readouterr().out == "x: 0.0\ny: 0.0\nz: 0.0\nw: 1.0\n\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "std_srvs/srv/SetBol"], "package 'std_srvs' has no srv 'SetBol' (nearest: SetBool)"),
        (["show", "std_srv/srv/SetBool"], "no interface package 'std_srv'"),
        (["show", "SetBool"], "an interface is named package/msg/Name"),
        (["package", "std_srv"], "(nearest: std_srvs"),
        (["proto", "std_msgs/msg/Strin"], "(nearest: String"),
    ],
)
def test_errors_are_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interface", *words]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sentence in shown.err
    assert len(shown.err.splitlines()) == 1
