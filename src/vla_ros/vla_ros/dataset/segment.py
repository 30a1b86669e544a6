# SPDX-License-Identifier: Apache-2.0
"""One bag as one finished piece of a dataset: a parquet file, a video a camera, and a note. Resumable: done or not.

Pieces are put together in ``layouts``. A bag that is left out gives a note with the reason.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from vla_ros.contract import Contract, ImageSpec
from vla_ros.dataset.config import ExportConfig
from vla_ros.dataset.features import ACTION, EXACT, STATE, colour_keys, video_key
from vla_ros.dataset.frames import Frame, FrameSource, trimmed
from vla_ros.dataset.statistics import Histogram
from vla_ros.dataset.video import VideoWriter
from vla_ros.errors import VlaError
from vla_ros.recording.adaptation import contract_of_bag
from vla_ros.recording.bag_reader import BagReader
from vla_ros.recording.facts import BagFacts, read_facts

__all__ = ["Segment", "segment_name", "write_segment"]

NOTE, DATA, LEVELS = "segment.json", "data.parquet", "levels.npz"


@dataclass(slots=True)
class Segment:
    """What a piece says of itself.

    Attributes:
        bag: Name of the bag.
        length: Frames; 0: left out.
        tasks: Instructions in order of appearance.
        outcome: Of the episode.
        dropped: Why it was left out; empty where it was not.
        frames_dropped: Frames that were left out, by reason.
        raw_bytes: Of the pictures before coding.
    """

    bag: str
    length: int = 0
    tasks: list[str] = field(default_factory=list)
    outcome: str = ""
    dropped: str = ""
    frames_dropped: dict[str, int] = field(default_factory=dict)
    raw_bytes: int = 0


class _Rows:
    """Collects the small columns; pictures go straight into their videos."""

    def __init__(self) -> None:
        self.states: list[np.ndarray] = []
        self.actions: list[np.ndarray] = []
        self.stamps: list[int] = []
        self.tasks: list[str] = []
        self.interventions: list[bool] = []
        self.repeated = 0
        self.without_action = 0
        self.after_hole = 0

    def add(self, frame: Frame) -> None:
        self.states.append(frame.observation.state)
        self.actions.append(np.asarray(frame.action))
        self.stamps.append(frame.stamp_ns)
        self.tasks.append(frame.task)
        self.interventions.append(frame.intervention)
        self.repeated += frame.repeated


def segment_name(bag: Path, settings: str) -> str:
    """Return the folder name of a bag's piece; other settings give another name."""
    digest = hashlib.sha256(f"{bag.resolve()}\n{settings}".encode()).hexdigest()[:12]
    return f"{bag.name}-{digest}"


def write_segment(bag: Path, folder: Path, contract: Contract, config: ExportConfig, namespace: str) -> Segment:
    """Write the piece of ``bag`` into ``folder``, which appears when it is complete; one that is there is kept."""
    if (folder / NOTE).is_file():
        return Segment(**json.loads((folder / NOTE).read_text(encoding="utf-8")))
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    segment = Segment(bag.name)
    try:
        with BagReader(bag) as reader:
            contract = contract_of_bag(contract, reader.topics, namespace)
            facts = read_facts(reader, contract, namespace)
            segment.outcome = facts.outcome
            segment.dropped = _refusal(facts, config)
            if not segment.dropped:
                _write(FrameSource(reader, contract, facts, namespace), partial, (contract, config), segment)
    except VlaError as error:
        segment.dropped = str(error)
    if segment.dropped:
        segment.length = 0
    (partial / NOTE).write_text(json.dumps(asdict(segment)), encoding="utf-8")
    partial.rename(folder)
    return segment


def _refusal(facts: BagFacts, config: ExportConfig) -> str:
    if config.outcomes and facts.outcome not in config.outcomes:
        return f"its outcome is '{facts.outcome or 'unknown'}', wanted: {', '.join(config.outcomes)}"
    return ""


def _write(source: FrameSource, folder: Path, about: tuple[Contract, ExportConfig], segment: Segment) -> None:
    contract, config = about
    rows = _Rows()
    levels = {key: Histogram() for key in colour_keys(contract)}
    with ExitStack() as stack:
        videos = {
            key: stack.enter_context(
                VideoWriter(folder / f"{video_key(key)}.mp4", config.fps, config.codec, config.crf)
            )
            for key in colour_keys(contract)
        }
        for frame in trimmed(source.frames(config.fps), contract, config.idle_rad_s):
            if not _usable(frame, contract, rows):
                continue
            rows.add(frame)
            segment.raw_bytes += _film(frame, contract, videos)
            if (len(rows.stamps) - 1) % config.image_statistics_every == 0:
                _count(frame, contract, levels)
    if rows.after_hole:
        segment.frames_dropped["after a hole in the actions"] = rows.after_hole
    if rows.without_action:
        segment.frames_dropped["before the first action"] = rows.without_action
    if source.rejections:
        segment.frames_dropped["refused by ingestion"] = source.rejections
    _finish(rows, folder, config, segment)
    arrays: dict[str, Any] = {key: histogram.counts for key, histogram in levels.items()}
    np.savez(folder / LEVELS, pictures=max((h.pictures for h in levels.values()), default=0), **arrays)


def _usable(frame: Frame, contract: Contract, rows: _Rows) -> bool:
    """Whether a frame enters the episode: the grid has to stay whole, so nothing does after a hole in the actions."""
    whole = frame.action is not None and frame.observation.state_names == contract.state_names
    if whole and not rows.after_hole:
        return True
    if rows.stamps:
        rows.after_hole += 1
    else:
        rows.without_action += 1
    return False


def _film(frame: Frame, contract: Contract, videos: dict[str, VideoWriter]) -> int:
    """Write the pictures of a frame; return their size [bytes]."""
    for key, video in videos.items():
        video.write(_rgb(frame, contract, key))
    return sum(frame.observation.images[key].nbytes for key in videos)


def _count(frame: Frame, contract: Contract, levels: dict[str, Histogram]) -> None:
    for key, histogram in levels.items():
        histogram.add(_rgb(frame, contract, key))


def _rgb(frame: Frame, contract: Contract, key: str) -> npt.NDArray[np.uint8]:
    image = np.asarray(frame.observation.images[key], np.uint8)
    payload = contract.stream(key).payload
    return image[:, :, ::-1] if isinstance(payload, ImageSpec) and payload.encoding == "bgr8" else image


def _finish(rows: _Rows, folder: Path, config: ExportConfig, segment: Segment) -> None:
    count = len(rows.stamps)
    if count < max(1.0, config.shortest_s * config.fps):
        segment.dropped = f"it has {count} usable frames, needed: {config.shortest_s * config.fps:g}"
        return
    if rows.repeated > config.largest_gap_share * count:
        segment.dropped = f"{rows.repeated} of {count} frames had no fresh observation"
        return
    segment.length = count
    segment.tasks = list(dict.fromkeys(rows.tasks))
    pq.write_table(_table(rows, config, segment), folder / DATA, compression="snappy")


def _table(rows: _Rows, config: ExportConfig, segment: Segment) -> pa.Table:
    states, actions = np.stack(rows.states), np.stack(rows.actions)
    count = len(rows.stamps)
    success = np.zeros(count, bool)
    success[-1] = segment.outcome == "success"
    columns: dict[str, Any] = {
        STATE: fixed_list(states.astype(np.float32)),
        ACTION: fixed_list(actions.astype(np.float32)),
        "next.success": pa.array(success),
        "intervention": pa.array(np.array(rows.interventions, bool)),
        "timestamp": pa.array((np.arange(count) / config.fps).astype(np.float32)),
        "frame_index": pa.array(np.arange(count, dtype=np.int64)),
        "task_index": pa.array(np.array([segment.tasks.index(task) for task in rows.tasks], np.int64)),
    }
    if config.exact:
        columns[EXACT["state"]] = fixed_list(states)
        columns[EXACT["action"]] = fixed_list(actions)
        columns[EXACT["stamp"]] = pa.array(np.array(rows.stamps, np.int64))
    return pa.table(columns)


def fixed_list(values: np.ndarray) -> pa.FixedSizeListArray:
    """Return rows ``(N, A)`` as lists of fixed length."""
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(values).reshape(-1)), values.shape[1])
