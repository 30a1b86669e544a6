# SPDX-License-Identifier: Apache-2.0
"""Puts finished pieces together as a LeRobot dataset: v3.0 (joined files) or v2.1 (a file an episode)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vla_ros.contract import Contract
from vla_ros.dataset.config import ExportConfig
from vla_ros.dataset.features import colour_keys, feature_table, modality, video_key
from vla_ros.dataset.segment import DATA, LEVELS, Segment
from vla_ros.dataset.statistics import Histogram, column_statistics, histogram_statistics
from vla_ros.dataset.video import join_videos, video_facts

__all__ = ["Piece", "write_v21", "write_v30"]

CHUNK_FILES = 1000  # LeRobot's defaults, as are the sizes
DATA_MB, VIDEO_MB = 100, 200
MB = 1 << 20
DATA_PATH_30 = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH_30 = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
DATA_PATH_21 = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO_PATH_21 = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished piece and what it says of itself."""

    folder: Path
    segment: Segment


@dataclass(slots=True)
class _Episode:
    """An episode on its place in the dataset."""

    index: int
    piece: Piece
    first: int  # global index of its first frame
    tasks: list[str]
    statistics: dict[str, Any]
    places: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Gathered:
    """What is known after all tables were read."""

    episodes: list[_Episode]
    tables: list[pa.Table]
    tasks: list[str]
    statistics: dict[str, Any]


def write_v30(pieces: Sequence[Piece], target: Path, contract: Contract, config: ExportConfig) -> None:
    """Write a LeRobotDataset v3.0 of the pieces, in their order."""
    found = _gather(pieces, contract)
    for chunk, number, group in _files([piece.folder / DATA for piece in pieces], DATA_MB):
        path = target / DATA_PATH_30.format(chunk_index=chunk, file_index=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.concat_tables([found.tables[i] for i in group]), path, compression="snappy")
        for i in group:
            found.episodes[i].places |= {"data/chunk_index": chunk, "data/file_index": number}
    for key in map(video_key, colour_keys(contract)):
        _join_camera(found, key, target, config)
    _write_episodes(found, target)
    tasks = pa.table({"task_index": pa.array(range(len(found.tasks)), pa.int64()), "task": found.tasks})
    pq.write_table(
        tasks.replace_schema_metadata({"pandas": json.dumps(_task_index())}), target / "meta" / "tasks.parquet"
    )
    info = _info(found, contract, config) | {
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": DATA_MB,
        "video_files_size_in_mb": VIDEO_MB,
        "data_path": DATA_PATH_30,
        "video_path": VIDEO_PATH_30 if colour_keys(contract) else None,
    }
    _write_json(target / "meta" / "info.json", info)
    _write_json(target / "meta" / "stats.json", found.statistics)


def write_v21(pieces: Sequence[Piece], target: Path, contract: Contract, config: ExportConfig) -> None:
    """Write a LeRobotDataset v2.1 with GR00T's modality.json, in the order of the pieces."""
    found = _gather(pieces, contract)
    keys = [video_key(key) for key in colour_keys(contract)]
    for episode, table in zip(found.episodes, found.tables, strict=True):
        place = {"episode_chunk": episode.index // CHUNK_FILES, "episode_index": episode.index}
        path = target / DATA_PATH_21.format(**place)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="snappy")
        for key in keys:
            video = target / VIDEO_PATH_21.format(video_key=key, **place)
            video.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(episode.piece.folder / f"{key}.mp4", video)
    meta = target / "meta"
    meta.mkdir(parents=True, exist_ok=True)
    rows = [{"episode_index": e.index, "tasks": e.tasks, "length": e.piece.segment.length} for e in found.episodes]
    _write_lines(meta / "episodes.jsonl", rows)
    _write_lines(meta / "tasks.jsonl", [{"task_index": i, "task": task} for i, task in enumerate(found.tasks)])
    statistics = [{"episode_index": e.index, "stats": e.statistics} for e in found.episodes]
    _write_lines(meta / "episodes_stats.jsonl", statistics)
    chunks = -(-len(found.episodes) // CHUNK_FILES)
    _write_json(
        meta / "info.json",
        _info(found, contract, config)
        | {
            "total_videos": len(keys) * len(found.episodes),
            "total_chunks": chunks,
            "chunks_size": CHUNK_FILES,
            "data_path": DATA_PATH_21,
            "video_path": VIDEO_PATH_21 if keys else None,
        },
    )
    _write_json(meta / "stats.json", found.statistics)
    _write_json(meta / "modality.json", modality(contract))


def _gather(pieces: Sequence[Piece], contract: Contract) -> _Gathered:
    tasks = list(dict.fromkeys(task for piece in pieces for task in piece.segment.tasks))
    episodes, tables = [], []
    total = {key: Histogram() for key in colour_keys(contract)}
    first = 0
    for index, piece in enumerate(pieces):
        table = _placed(pq.read_table(piece.folder / DATA), (index, first), piece.segment.tasks, tasks)
        levels = _levels(piece, contract)
        for key, histogram in levels.items():
            total[key].counts += histogram.counts
            total[key].pictures += histogram.pictures
        episodes.append(_Episode(index, piece, first, piece.segment.tasks, _statistics([table], levels)))
        tables.append(table)
        first += len(table)
    return _Gathered(episodes, tables, tasks, _statistics(tables, total))


def _placed(table: pa.Table, place: tuple[int, int], own: list[str], tasks: list[str]) -> pa.Table:
    """Return a piece's table with its indices in the whole dataset."""
    index, first = place
    count = len(table)
    renamed = np.array([tasks.index(task) for task in own], np.int64)[table["task_index"].to_numpy()]
    table = table.set_column(table.schema.get_field_index("task_index"), "task_index", pa.array(renamed))
    table = table.append_column("episode_index", pa.array(np.full(count, index, np.int64)))
    return table.append_column("index", pa.array(np.arange(first, first + count, dtype=np.int64)))


def _levels(piece: Piece, contract: Contract) -> dict[str, Histogram]:
    with np.load(piece.folder / LEVELS) as stored:
        return {key: Histogram(stored[key].copy(), int(stored["pictures"])) for key in colour_keys(contract)}


def _statistics(tables: Sequence[pa.Table], levels: dict[str, Histogram]) -> dict[str, Any]:
    found: dict[str, Any] = {video_key(key): histogram_statistics(histogram) for key, histogram in levels.items()}
    for name in tables[0].column_names if tables else ():
        found[name] = column_statistics(np.concatenate([column_array(table, name) for table in tables]))
    return found


def column_array(table: pa.Table, name: str) -> np.ndarray:
    """Return a column as ``(N,)`` or, for lists, ``(N, A)``."""
    column = table[name].combine_chunks()
    if pa.types.is_fixed_size_list(column.type) or pa.types.is_list(column.type):
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat).reshape(len(column), -1)
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _files(parts: Sequence[Path], limit_mb: int) -> Iterator[tuple[int, int, list[int]]]:
    """Yield chunk, file and the indices of the parts that go into it; a file is full at ``limit_mb``."""
    group: list[int] = []
    size = number = 0
    for index, part in enumerate(parts):
        if group and size + part.stat().st_size >= limit_mb * MB:
            yield *divmod(number, CHUNK_FILES), group
            group, size, number = [], 0, number + 1
        group.append(index)
        size += part.stat().st_size
    if group:
        yield *divmod(number, CHUNK_FILES), group


def _join_camera(found: _Gathered, key: str, target: Path, config: ExportConfig) -> None:
    parts = [episode.piece.folder / f"{key}.mp4" for episode in found.episodes]
    for chunk, number, group in _files(parts, VIDEO_MB):
        lengths = [found.episodes[i].piece.segment.length for i in group]
        path = target / VIDEO_PATH_30.format(video_key=key, chunk_index=chunk, file_index=number)
        join_videos([parts[i] for i in group], lengths, path, config.fps)
        start = 0
        for i, length in zip(group, lengths, strict=True):
            found.episodes[i].places |= {
                f"videos/{key}/chunk_index": chunk,
                f"videos/{key}/file_index": number,
                f"videos/{key}/from_timestamp": start / config.fps,
                f"videos/{key}/to_timestamp": (start + length) / config.fps,
            }
            start += length


def _task_index() -> dict[str, Any]:
    """Return the note by which pandas takes the column ``task`` as the index, as LeRobot expects."""
    columns = [
        {"name": name, "field_name": name, "pandas_type": kind, "numpy_type": numpy_type, "metadata": None}
        for name, kind, numpy_type in (("task_index", "int64", "int64"), ("task", "unicode", "object"))
    ]
    creator = {"library": "pyarrow", "version": pa.__version__}
    return {
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": columns,
        "creator": creator,
        "pandas_version": "2.0.0",
    }


def _write_episodes(found: _Gathered, target: Path) -> None:
    rows = []
    for episode in found.episodes:
        length = episode.piece.segment.length
        row: dict[str, Any] = {"episode_index": episode.index, "tasks": episode.tasks, "length": length}
        row |= episode.places | {"dataset_from_index": episode.first, "dataset_to_index": episode.first + length}
        for feature, figures in episode.statistics.items():
            row |= {f"stats/{feature}/{name}": value for name, value in figures.items()}
        rows.append(row | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0})
    path = target / "meta" / "episodes" / "chunk-000" / "file-000.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, compression="snappy")


def _info(found: _Gathered, contract: Contract, config: ExportConfig) -> dict[str, Any]:
    return {
        "codebase_version": config.version,
        "robot_type": contract.name,
        "total_episodes": len(found.episodes),
        "total_frames": sum(len(table) for table in found.tables),
        "total_tasks": len(found.tasks),
        "fps": config.fps,
        "splits": {"train": f"0:{len(found.episodes)}"},
        "features": feature_table(contract, config.fps, video_facts(config.codec), exact=config.exact),
    }


def _write_json(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def _write_lines(path: Path, rows: Sequence[Any]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
