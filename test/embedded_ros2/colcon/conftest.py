# SPDX-License-Identifier: Apache-2.0
"""A user's workspace with an interface package and a Python package, as the ROS 2 tutorials make them."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FILES = {
    "shape_msgs_of_user/package.xml": """<?xml version="1.0"?>
<package format="3">
  <name>shape_msgs_of_user</name>
  <version>0.1.0</version>
  <description>Interfaces of a user</description>
  <maintainer email="user@example.org">user</maintainer>
  <license>Apache-2.0</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <depend>geometry_msgs</depend>
  <exec_depend>rosidl_default_runtime</exec_depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
  <export><build_type>ament_cmake</build_type></export>
</package>
""",
    "shape_msgs_of_user/CMakeLists.txt": "this is not read; where it is, it is an error\n",
    "shape_msgs_of_user/msg/Sphere.msg": "geometry_msgs/Point center\nfloat64 radius 0.5  # [m]\n",
    "shape_msgs_of_user/srv/Grow.srv": "float64 factor\n---\nshape_msgs_of_user/Sphere sphere\n",
    "shape_msgs_of_user/action/Roll.action": "float64 distance\n---\nbool arrived\n---\nfloat64 remaining\n",
    "roller/package.xml": """<?xml version="1.0"?>
<package format="3">
  <name>roller</name>
  <version>0.1.0</version>
  <description>A program of a user</description>
  <maintainer email="user@example.org">user</maintainer>
  <license>Apache-2.0</license>
  <exec_depend>shape_msgs_of_user</exec_depend>
  <export><build_type>ament_python</build_type></export>
</package>
""",
    "roller/setup.py": """from setuptools import setup

setup(
    name="roller",
    version="0.1.0",
    packages=["roller"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/roller"]),
        ("share/roller", ["package.xml"]),
    ],
    entry_points={"console_scripts": ["roll = roller.roll:main"]},
)
""",
    "roller/setup.cfg": "[develop]\nscript_dir=$base/lib/roller\n[install]\ninstall_scripts=$base/lib/roller\n",
    "roller/resource/roller": "",
    "roller/roller/__init__.py": "",
    "roller/roller/roll.py": "def main():\n    print('rolling')\n",
}


@dataclass(frozen=True)
class UserWorkspace:
    """A folder with ``src/``, built by the colcon of this environment."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file below ``src/``."""
        path = self.path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def build(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run ``colcon build`` with a PATH on which there is no cmake and no compiler."""
        inherited = {key: value for key, value in os.environ.items() if key not in {"AMENT_PREFIX_PATH", "PYTHONPATH"}}
        programs = self.path / "programs"
        programs.mkdir(exist_ok=True)
        for name in ("sh", "bash", "env", "dirname", "python3"):
            found = shutil.which(name)
            if found and not (programs / name).exists():
                (programs / name).symlink_to(found)
        return subprocess.run(
            [sys.executable, "-m", "colcon", "build", *arguments],
            cwd=self.path,
            env=inherited | {"PATH": str(programs), "COLCON_HOME": str(self.path / "home")} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def sourced(self, command: str) -> str:
        """Return what a command prints in a shell that has sourced ``install/setup.bash``."""
        script = f"source {self.path}/install/setup.bash && {command}"
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.path)}
        return subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()


@pytest.fixture
def user_workspace(tmp_path: Path) -> UserWorkspace:
    extensions = importlib.metadata.entry_points(group="colcon_core.task.build")
    if "ros.embedded_ament_cmake" not in extensions.names:
        pytest.skip("the embedded runtime is not installed here; ./run pytest has it")
    workspace = UserWorkspace(tmp_path)
    for name, text in FILES.items():
        workspace.write(name, text)
    return workspace
