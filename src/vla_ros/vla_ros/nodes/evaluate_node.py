# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros evaluate``: finds the suite's configuration and runs the closed-loop evaluation. No node."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rclpy.utilities import remove_ros_args
from vla_ros.evaluation import main as evaluate
from vla_ros.nodes.policy_loading import policy_folder

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> int:
    """Evaluate and return the exit code."""
    words = remove_ros_args(list(sys.argv if args is None else args))[1:]
    return evaluate(words, policy_folder().parents[1])


if __name__ == "__main__":
    sys.exit(main())
