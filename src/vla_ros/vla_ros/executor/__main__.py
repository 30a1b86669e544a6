# SPDX-License-Identifier: Apache-2.0
"""``python -m vla_ros.executor TREE.yaml``: writes the tree as XML of BehaviorTree.CPP 4, to be opened in Groot2."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vla_ros.errors import VlaError
from vla_ros.executor.btcpp import tree_to_xml
from vla_ros.executor.loading import load_tree_file


def main(words: list[str] | None = None) -> int:
    """Write the XML to the standard output."""
    parser = argparse.ArgumentParser(prog="python -m vla_ros.executor", description=__doc__)
    parser.add_argument("tree", type=Path, help="a file of config/trees")
    options = parser.parse_args(words)
    try:
        data, _ = load_tree_file(options.tree)
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(tree_to_xml(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
