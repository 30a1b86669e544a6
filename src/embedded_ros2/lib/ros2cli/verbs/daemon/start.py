# SPDX-License-Identifier: Apache-2.0
"""ros2 daemon start: there is no daemon."""

from __future__ import annotations

import argparse

DESCRIPTION = "Tell that there is no daemon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def main(args: argparse.Namespace) -> int:
    """Say so."""
    print("The embedded runtime has no daemon: each command looks at the graph itself")
    return 0
