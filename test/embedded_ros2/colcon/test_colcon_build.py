# SPDX-License-Identifier: Apache-2.0
"""Plain ``colcon build`` on a machine without ROS 2, CMake and compiler."""

import shutil
from pathlib import Path
from typing import Any

import pytest

UserWorkspace = Any  # the fixture of conftest.py


@pytest.mark.parametrize("arguments", [[], ["--symlink-install"], ["--merge-install"]])
def test_interfaces_and_program_build_and_are_found_after_sourcing(
    user_workspace: UserWorkspace, arguments: list[str]
) -> None:
    answer = user_workspace.build(*arguments)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    prefixes = user_workspace.sourced("echo $AMENT_PREFIX_PATH").split(":")
    installed = {path.relative_to(prefix) for prefix in map(Path, prefixes) for path in prefix.rglob("*")}
    for name in ("msg/Sphere.msg", "srv/Grow.srv", "action/Roll.action", "package.xml"):
        assert Path("share/shape_msgs_of_user", name) in installed
    assert Path("share/ament_index/resource_index/rosidl_interfaces/shape_msgs_of_user") in installed
    assert Path("lib/roller/roll") in installed
    assert user_workspace.sourced("ros2 run roller roll") == "rolling"


def test_interfaces_import_after_sourcing(user_workspace: UserWorkspace) -> None:
    assert user_workspace.build().returncode == 0
    program = (
        "from shape_msgs_of_user.msg import Sphere; from shape_msgs_of_user.srv import Grow; "
        "from shape_msgs_of_user.action import Roll; "
        "print(Grow.Response().sphere.radius, Roll.Goal(distance=2.0).distance, Sphere().center.x)"
    )
    assert user_workspace.sourced(f"python -c '{program}'") == "0.5 2.0 0.0"


def test_removed_interface_disappears_with_the_next_build(user_workspace: UserWorkspace) -> None:
    user_workspace.build("--symlink-install")
    (user_workspace.path / "src/shape_msgs_of_user/srv/Grow.srv").unlink()
    assert user_workspace.build("--symlink-install").returncode == 0
    share = user_workspace.path / "install/shape_msgs_of_user/share/shape_msgs_of_user"
    assert not (share / "srv/Grow.srv").is_symlink()
    assert (share / "msg/Sphere.msg").exists()


def test_malformed_interface_fails_the_build_and_names_the_file(user_workspace: UserWorkspace) -> None:
    path = user_workspace.write("shape_msgs_of_user/msg/Wrong.msg", "float64[ radius\n")
    answer = user_workspace.build()
    assert answer.returncode != 0
    assert str(path) in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr


def test_package_with_compiled_sources_is_refused_with_a_way_out(user_workspace: UserWorkspace) -> None:
    manifest = user_workspace.path / "src/shape_msgs_of_user/package.xml"
    user_workspace.write("native/package.xml", manifest.read_text().replace("shape_msgs_of_user", "native"))
    user_workspace.write("native/src/node.cpp", "int main() {}\n")
    answer = user_workspace.build("--continue-on-error")
    assert answer.returncode != 0
    assert "native: src/node.cpp needs a compiler" in answer.stderr
    assert "--packages-skip native" in answer.stderr
    assert user_workspace.build("--packages-skip", "native").returncode == 0


def test_package_of_launch_files_is_installed(user_workspace: UserWorkspace) -> None:
    shutil.rmtree(user_workspace.path / "src" / "roller")
    user_workspace.write("shape_msgs_of_user/launch/deep/demo.launch.py", "")
    assert user_workspace.build().returncode == 0
    share = user_workspace.path / "install/shape_msgs_of_user/share/shape_msgs_of_user"
    assert (share / "launch/deep/demo.launch.py").is_file()


def test_real_ament_cmake_is_left_to_build_its_packages(user_workspace: UserWorkspace, tmp_path: Path) -> None:
    (tmp_path / "ros" / "share" / "ament_cmake" / "cmake").mkdir(parents=True)
    answer = user_workspace.build("--packages-select", "shape_msgs_of_user", AMENT_PREFIX_PATH=str(tmp_path / "ros"))
    assert answer.returncode != 0
    assert "cmake" in answer.stderr.lower()
    assert not (user_workspace.path / "install/shape_msgs_of_user/share/shape_msgs_of_user/msg").exists()
