# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg list: all packages."""

from __future__ import annotations

import argparse

DESCRIPTION = "Output a list of available packages"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add nothing: the verb has no arguments."""


def main(_args: argparse.Namespace) -> int:
    """Print one package a line."""
    from ament_index_python import get_packages_with_prefixes

    for name in sorted(get_packages_with_prefixes()):
        print(name)
    return 0
