# SPDX-License-Identifier: Apache-2.0
"""Build description of vla_ros; what it depends on stands in package.xml and requirements/."""

import os
from collections import defaultdict
from pathlib import Path

from setuptools import find_packages, setup

NAME = "vla_ros"
DATA_FOLDERS: tuple[str, ...] = ()  # installed below share/vla_ros
COMMANDS = ("evaluate", "instruct", "policy_check", "preflight", "serve_fake")  # what people type, without the suffix
TOOLS = {
    "check_rollout": "replay",
    "evaluate_bag": "replay",
    "export_dataset": "dataset",
    "import_dataset": "dataset",
}  # command lines of cores
HERE = Path(__file__).resolve().parent


def data_files() -> list[tuple[str, list[str]]]:
    """Return the data files with their folders below the install prefix."""
    files = defaultdict(list)
    for folder in DATA_FOLDERS:
        for parent, _, names in os.walk(HERE / folder, followlinks=True):
            relative = Path(parent).relative_to(HERE)
            files[f"share/{NAME}/{relative}"] += [str(relative / name) for name in sorted(names)]
    index = ("share/ament_index/resource_index/packages", [f"resource/{NAME}"])
    return [index, (f"share/{NAME}", ["package.xml"]), *sorted(files.items())]


def scripts() -> list[str]:
    """Return one console script per node file; each has a function ``main``."""
    modules = sorted(HERE.glob("vla_ros/nodes/*_node.py"))
    names = [f"{path.stem} = {'.'.join(path.relative_to(HERE).with_suffix('').parts)}:main" for path in modules]
    tools = [f"{name} = vla_ros.{module}.{name}:main" for name, module in TOOLS.items()]
    return [*names, *(f"{name} = vla_ros.nodes.{name}_node:main" for name in COMMANDS), *tools]


setup(
    name=NAME,
    version="0.1.0",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["py.typed", "**/*.yaml", "**/*.json", "checkpoints/**/*"]},
    data_files=data_files(),
    zip_safe=False,
    license="Apache-2.0",
    maintainer="vla_ros maintainers",
    maintainer_email="maintainers@example.org",
    description="See package.xml.",
    entry_points={"console_scripts": scripts()},
)
