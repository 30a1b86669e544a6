# SPDX-License-Identifier: Apache-2.0
"""Bags to one dataset: pieces in parallel, what is there already is kept, then put together. No ROS, no clock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from vla_ros.contract import Contract, dump_contract
from vla_ros.dataset.config import ExportConfig
from vla_ros.dataset.layouts import Piece, write_v21, write_v30
from vla_ros.dataset.segment import Segment, segment_name, write_segment
from vla_ros.errors import ConfigError, VlaError

__all__ = ["ExportReport", "export_bags"]

PIECES = ".pieces"  # below the target, until it is complete


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of the bags.

    Attributes:
        episodes, frames: In the dataset.
        raw_bytes: Of the pictures before coding.
        dropped: Bag and reason.
        frames_dropped: By bag and reason.
    """

    episodes: int
    frames: int
    raw_bytes: int
    dropped: dict[str, str]
    frames_dropped: dict[str, dict[str, int]]


def export_bags(
    bags: Sequence[Path],
    target: Path,
    contract: Contract,
    config: ExportConfig,
    *,
    namespace: str = "",
    workers: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> ExportReport:
    """Write a LeRobot dataset of ``bags`` to ``target``, in their order.

    An interrupted export goes on where it was when it is started again with the same settings.

    Raises:
        VlaError: the target exists, or no bag is usable (the sentence names the first reason).
        ConfigError: the contract's rate of actions is no whole number and ``fps`` is not given.
    """
    config = replace(config, fps=config.fps or _whole(contract.action.rate_hz))
    if (target / "meta").exists():
        raise VlaError(f"'{target}' is a dataset already; remove it or choose another folder")
    settings = json.dumps([asdict(config), contract.hash, namespace])
    pieces_folder = target / PIECES
    jobs = [(bag, pieces_folder / segment_name(bag, settings), contract, config, namespace) for bag in bags]
    pieces = []
    for number, segment in enumerate(_segments(jobs, workers), start=1):
        pieces.append(Piece(jobs[number - 1][1], segment))
        progress(number)
    good = [piece for piece in pieces if not piece.segment.dropped]
    if not good:
        first = pieces[0].segment if pieces else None
        raise VlaError(f"no bag is usable: {first.bag}: {first.dropped}" if first else "no bag was given")
    report = _report([piece.segment for piece in pieces])
    _assemble(good, target, contract, config)
    (target / "meta" / "contract.yaml").write_text(dump_contract(contract), encoding="utf-8")
    text = json.dumps(asdict(report), indent=2)
    (target / "meta" / "drop_report.json").write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(pieces_folder)
    return report


def _assemble(pieces: list[Piece], target: Path, contract: Contract, config: ExportConfig) -> None:
    """Write the layout beside the target and move it in whole, so that a half dataset never looks like one."""
    staging = target / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    (write_v30 if config.version == "v3.0" else write_v21)(pieces, staging, contract, config)
    for name in ("data", "videos", "meta"):  # meta last: with it the dataset is there
        shutil.rmtree(target / name, ignore_errors=True)
        if (staging / name).exists():
            (staging / name).rename(target / name)
    staging.rmdir()


def _segments(jobs: list[tuple[Path, Path, Contract, ExportConfig, str]], workers: int) -> Any:
    if workers == 1 or len(jobs) == 1:
        return map(_segment, jobs)
    return _in_processes(jobs, workers)


def _in_processes(jobs: list[tuple[Path, Path, Contract, ExportConfig, str]], workers: int) -> Any:
    with get_context("spawn").Pool(min(workers, len(jobs))) as pool:
        yield from pool.imap(_segment, jobs)


def _segment(job: tuple[Path, Path, Contract, ExportConfig, str]) -> Segment:
    return write_segment(*job)


def _report(segments: list[Segment]) -> ExportReport:
    good = [segment for segment in segments if not segment.dropped]
    return ExportReport(
        episodes=len(good),
        frames=sum(segment.length for segment in good),
        raw_bytes=sum(segment.raw_bytes for segment in good),
        dropped={segment.bag: segment.dropped for segment in segments if segment.dropped},
        frames_dropped={segment.bag: segment.frames_dropped for segment in segments if segment.frames_dropped},
    )


def _whole(rate_hz: float) -> int:
    if rate_hz != round(rate_hz):
        raise ConfigError(f"the contract's rate of actions, {rate_hz:g} Hz, is no whole number: choose fps")
    return round(rate_hz)
