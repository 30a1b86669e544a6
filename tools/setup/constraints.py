# SPDX-License-Identifier: Apache-2.0
"""Constraints for pip that no requirement file can state: a CPU build of torch, and versions for a sourced ROS 2.

Prints lines in the format of ``pip install -c``. It asks pip as it is configured on this machine and knows no package
index itself.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.version import Version


def torch_requirement(requirements: Path) -> Requirement | None:
    """Return the torch line of a requirement file, or None where there is none."""
    lines = (line.split("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return next((Requirement(line) for line in lines if re.match(r"torch\b", line)), None)


def newest_cpu_build(versions: list[str], requirement: Requirement) -> str | None:
    """Return the newest version with the local label ``+cpu`` inside the bounds, or None where there is none."""
    builds = [Version(text) for text in versions if text.endswith("+cpu")]
    allowed = [build for build in builds if requirement.specifier.contains(build)]
    return str(max(allowed)) if allowed else None


def offered_versions(package: str) -> list[str]:
    """Return all versions of a package that pip would find with this machine's configuration."""
    command = [sys.executable, "-m", "pip", "index", "versions", package, "--disable-pip-version-check"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    line = re.search(r"Available versions: (.*)", answer)
    return [text.strip() for text in line.group(1).split(",")] if line else []


def system_numpy() -> str | None:
    """Return numpy's version where the environment inherits one (a sourced ROS 2), else None."""
    try:
        return importlib.metadata.version("numpy")
    except importlib.metadata.PackageNotFoundError:
        return None


def main(requirements: Path) -> None:
    """Print the constraints for this machine."""
    requirement = torch_requirement(requirements)
    build = newest_cpu_build(offered_versions("torch"), requirement) if requirement else None
    if build:
        print(f"torch=={build}")
    numpy = system_numpy()
    if numpy and Version(numpy).major < 2:
        print("numpy<2")
    if "ROS_DISTRO" in os.environ:
        print("empy<4")  # the interface generators of ROS 2 up to Jazzy use the API of empy 3


if __name__ == "__main__":
    main(Path(sys.argv[1]))
