# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg create: the files of a new package, ready for colcon build."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from xml.sax.saxutils import escape

from ros2cli.errors import CliError

DESCRIPTION = "Create a new ROS 2 package"

_PACKAGE_NAME = re.compile(r"[a-z](_?[a-z0-9]+)+")  # REP 144
_NODE_NAME = re.compile(r"[A-Za-z]\w*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("package_name", help="the package name")
    parser.add_argument("--package-format", "--package_format", type=int, default=3, choices=[2, 3])
    parser.add_argument("--description", default="TODO: Package description", help="the description")
    parser.add_argument("--license", default="TODO: License declaration", help="the license")
    parser.add_argument("--destination-directory", default=os.curdir, help="directory where to create the package")
    parser.add_argument("--build-type", default="ament_cmake", choices=["ament_cmake", "ament_python"])
    parser.add_argument("--dependencies", nargs="+", default=[], help="packages to depend on")
    parser.add_argument("--maintainer-email", default="user@todo.todo", help="email address of the maintainer")
    parser.add_argument("--maintainer-name", default="user", help="name of the maintainer")
    parser.add_argument("--node-name", help="name of an empty node (ament_python only)")


def main(args: argparse.Namespace) -> int:
    """Write the files and name each."""
    _check(args)
    root = Path(args.destination_directory) / args.package_name
    if root.exists():
        raise CliError(f"Aborted, the directory '{root}' exists already")
    files = {"package.xml": _manifest(args)}
    files |= _python_files(args) if args.build_type == "ament_python" else _cmake_files(args)
    print("going to create a new package")
    print(f"package name: {args.package_name}")
    print(f"destination directory: {os.path.abspath(args.destination_directory)}")
    print(f"package format: {args.package_format}")
    print(f"build type: {args.build_type}")
    print(f"dependencies: {args.dependencies}")
    try:
        _write(root, files)
    except OSError as error:
        raise CliError(f"{error.filename} cannot be written: {error.strerror}") from error
    return 0


def _check(args: argparse.Namespace) -> None:
    if not _PACKAGE_NAME.fullmatch(args.package_name):
        raise CliError(
            f"'{args.package_name}' is no package name: two or more lower case letters, digits and single underscores, "
            "a letter first"
        )
    for name in args.dependencies:
        if not _PACKAGE_NAME.fullmatch(name.replace("-", "_")):
            raise CliError(f"the dependency '{name}' is no package name")
    if args.node_name and args.build_type != "ament_python":
        raise CliError("--node-name needs --build-type ament_python: without ROS 2 no C++ node can be built")
    if args.node_name and not _NODE_NAME.fullmatch(args.node_name):
        raise CliError(f"'{args.node_name}' is no node name: letters, digits and underscores, a letter first")


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        print(f"creating {path}")
        path.write_text(text, encoding="utf-8")


def _manifest(args: argparse.Namespace) -> str:
    depends = "".join(f"  <depend>{name}</depend>\n" for name in args.dependencies)
    tool = "  <buildtool_depend>ament_cmake</buildtool_depend>\n\n" if args.build_type == "ament_cmake" else ""
    return f"""<?xml version="1.0"?>
<package format="{args.package_format}">
  <name>{args.package_name}</name>
  <version>0.0.0</version>
  <description>{escape(args.description)}</description>
  <maintainer email="{escape(args.maintainer_email)}">{escape(args.maintainer_name)}</maintainer>
  <license>{escape(args.license)}</license>

{tool}{depends}
  <export>
    <build_type>{args.build_type}</build_type>
  </export>
</package>
"""


def _python_files(args: argparse.Namespace) -> dict[str, str]:
    name = args.package_name
    files = {
        f"resource/{name}": "",
        f"{name}/__init__.py": "",
        "setup.cfg": f"[develop]\nscript_dir=$base/lib/{name}\n[install]\ninstall_scripts=$base/lib/{name}\n",
        "setup.py": _setup(args),
    }
    if args.node_name:
        files[f"{name}/{args.node_name}.py"] = _node(args)
    return files


def _setup(args: argparse.Namespace) -> str:
    name = args.package_name
    script = f"\n            '{args.node_name} = {name}.{args.node_name}:main',\n        " if args.node_name else ""
    return f"""from setuptools import find_packages, setup

package_name = '{name}'

setup(
    name=package_name,
    version='0.0.0',
    packages=find_packages(exclude=['test']),
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + package_name]),
        ('share/' + package_name, ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer={args.maintainer_name!r},
    maintainer_email={args.maintainer_email!r},
    description={args.description!r},
    license={args.license!r},
    entry_points={{
        'console_scripts': [{script}],
    }},
)
"""


def _node(args: argparse.Namespace) -> str:
    return f"""def main():
    print('Hi from {args.package_name}.')


if __name__ == '__main__':
    main()
"""


def _cmake_files(args: argparse.Namespace) -> dict[str, str]:
    finds = "".join(f"find_package({name} REQUIRED)\n" for name in ("ament_cmake", *args.dependencies))
    return {
        "CMakeLists.txt": f"""cmake_minimum_required(VERSION 3.8)
project({args.package_name})

{finds}
ament_package()
"""
    }
