# SPDX-License-Identifier: Apache-2.0
"""``export_dataset``: bags to a LeRobot dataset. Exit code 2: an error, told in one sentence."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from vla_ros.contract import load_contract
from vla_ros.dataset.config import CODECS, VERSIONS, ExportConfig
from vla_ros.dataset.export import ExportReport, export_bags
from vla_ros.errors import VlaError
from vla_ros.progress import Progress

__all__ = ["main"]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(prog="export_dataset", description=__doc__)
    line.add_argument("bags", nargs="+", type=Path, help="folders of rosbag2 recordings")
    line.add_argument("--output", required=True, type=Path, help="new folder of the dataset")
    line.add_argument("--contract", required=True, help="the robot, e.g. config/robots/franka.yaml")
    line.add_argument("--robot", default="", help="which robot of the contract")
    line.add_argument("--target", default="", help="which target of the contract")
    line.add_argument("--namespace", default="", help="of the topics in the bags")
    line.add_argument("--fps", type=int, default=0, help="frames a second (default: the contract's rate of actions)")
    line.add_argument("--version", choices=VERSIONS, default="v3.0", help="v2.1 comes with GR00T's modality.json")
    line.add_argument("--codec", choices=tuple(CODECS), default="h264")
    line.add_argument("--crf", type=int, default=23, help="smaller is better and larger")
    line.add_argument("--outcome", action="append", default=[], help="only episodes with this outcome; may be repeated")
    line.add_argument("--shortest", type=float, default=1.0, help="shorter episodes are left out [s]")
    line.add_argument("--trim-idle", type=float, default=0.0, help="cut off begin and end slower than this [rad/s]")
    line.add_argument("--largest-gap", type=float, default=0.05, help="share of frames without fresh observation")
    line.add_argument("--no-exact", action="store_true", help="leave out the columns in full width")
    line.add_argument("--workers", type=int, default=1, help="bags at a time")
    line.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return line


def _run(arguments: argparse.Namespace) -> ExportReport:
    contract = load_contract(arguments.contract, arguments.robot, arguments.target)
    config = ExportConfig(
        fps=arguments.fps,
        version=arguments.version,
        codec=arguments.codec,
        crf=arguments.crf,
        exact=not arguments.no_exact,
        outcomes=tuple(arguments.outcome),
        shortest_s=arguments.shortest,
        idle_rad_s=arguments.trim_idle,
        largest_gap_share=arguments.largest_gap,
    )
    return export_bags(
        arguments.bags,
        arguments.output,
        contract,
        config,
        namespace=arguments.namespace,
        workers=arguments.workers,
        progress=Progress(len(arguments.bags), "bags", sys.stderr, time.monotonic),
    )


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line."""
    arguments = parser().parse_args(words)
    try:
        report = _run(arguments)
    except VlaError as error:
        if arguments.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stderr.writelines(f"left out {bag}: {reason}\n" for bag, reason in report.dropped.items())
    sys.stdout.write(f"{arguments.output}: {report.episodes} episodes, {report.frames} frames\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
