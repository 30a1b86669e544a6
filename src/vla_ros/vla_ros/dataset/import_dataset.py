# SPDX-License-Identifier: Apache-2.0
"""``import_dataset``: a LeRobot dataset to bags, one an episode. Exit code 2: an error, told in one sentence."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from vla_ros.contract import load_contract
from vla_ros.dataset.reader import DatasetReader
from vla_ros.dataset.to_bag import dataset_to_bags
from vla_ros.errors import VlaError
from vla_ros.progress import Progress

__all__ = ["main"]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(prog="import_dataset", description=__doc__)
    line.add_argument("dataset", type=Path, help="folder of a LeRobot dataset, v3.0 or v2.1")
    line.add_argument("--output", required=True, type=Path, help="folder for the bags")
    line.add_argument("--contract", required=True, help="the robot, e.g. config/robots/franka.yaml")
    line.add_argument("--robot", default="", help="which robot of the contract")
    line.add_argument("--target", default="", help="which target of the contract")
    line.add_argument("--namespace", default="", help="of the topics in the bags")
    line.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return line


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line."""
    arguments = parser().parse_args(words)
    try:
        contract = load_contract(arguments.contract, arguments.robot, arguments.target)
        count = len(DatasetReader(arguments.dataset))
        progress = Progress(count, "episodes", sys.stderr, time.monotonic)
        bags = dataset_to_bags(
            arguments.dataset, arguments.output, contract, namespace=arguments.namespace, progress=progress
        )
    except VlaError as error:
        if arguments.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{arguments.output}: {len(bags)} bags\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
