# SPDX-License-Identifier: Apache-2.0
"""``python -m embedded_ros2``: says which rclpy is in use, real or embedded, and refuses a mixture."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from .interfaces.finder import LIBRARY

# Of each, either all come from the real ROS 2 or all from here.
PARTS = ("rclpy", "launch", "launch_ros", "ament_index_python", "rosidl_runtime_py", "tf2_ros", "ros2cli")


def origins(path: list[str] | None = None) -> dict[str, str]:
    """Return the directories from which the parts would be imported; what is missing is left out."""
    found: dict[str, str] = {}
    for part in PARTS:
        spec = PathFinder.find_spec(part, path)
        if spec is not None and spec.origin is not None:
            found[part] = os.path.dirname(os.path.dirname(spec.origin))
    return found


def judge(found: dict[str, str], library: str = LIBRARY) -> tuple[int, str]:
    """Return the exit code and the sentence for the user."""
    embedded = sorted(part for part, origin in found.items() if origin == library)
    real = sorted(part for part, origin in found.items() if origin != library)
    if "rclpy" not in found:
        return 1, f"no rclpy on the Python path; install the embedded runtime or put {library} on PYTHONPATH"
    if not real:
        return 0, f"embedded rclpy in use, from {library}"
    where = ", ".join(sorted({found[part] for part in real}))
    if not embedded:
        return 0, f"real rclpy in use, from {where}"
    return 1, _mixture(embedded, real, where, "source the whole of ROS 2, or none of it (env -u PYTHONPATH …)")


def _mixture(embedded: list[str], real: list[str], where: str, mend: str) -> str:
    return (
        f"mixture refused: {', '.join(real)} would come from {where}, "
        f"but {', '.join(embedded)} from the embedded runtime; {mend}"
    )


def main() -> int:
    """Print the verdict; a mixture goes to standard error and exits with 1."""
    code, sentence = judge(origins())
    print(sentence, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
