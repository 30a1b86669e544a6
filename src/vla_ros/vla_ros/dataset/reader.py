# SPDX-License-Identifier: Apache-2.0
"""Reads a LeRobot dataset, v3.0 or v2.1, episode by episode. Not here: training loaders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from vla_ros.dataset.layouts import column_array
from vla_ros.dataset.video import read_video
from vla_ros.errors import VlaError

__all__ = ["DatasetReader", "Episode"]


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode.

    Attributes:
        index: In the dataset.
        tasks: ``(N,)`` instruction of each frame.
        columns: Each ``(N,)`` or ``(N, A)``.
    """

    index: int
    tasks: list[str]
    columns: dict[str, npt.NDArray[Any]]


class DatasetReader:
    """A dataset on disk.

    Attributes:
        info: Content of ``meta/info.json``.
        video_keys: Cameras.
    """

    def __init__(self, root: Path) -> None:
        """Open it.

        Raises:
            VlaError: there is none, or it has another version.
        """
        self.root = root
        try:
            self.info: dict[str, Any] = json.loads((root / "meta" / "info.json").read_text(encoding="utf-8"))
            self._version = self.info["codebase_version"]
            self.fps = int(self.info["fps"])
            self.video_keys = [key for key, item in self.info["features"].items() if item["dtype"] == "video"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VlaError(f"'{root}' is no LeRobot dataset: {error}") from error
        if self._version not in ("v3.0", "v2.1"):
            raise VlaError(f"'{root}' is a LeRobot dataset {self._version}; v3.0 and v2.1 are read")
        try:
            self._rows = self._read_episodes()
            self._tasks = self._read_tasks()
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise VlaError(f"the metadata of '{root}' cannot be read: {error}") from error

    def __len__(self) -> int:
        return len(self._rows)

    def episode(self, index: int) -> Episode:
        """Return everything but the pictures of an episode.

        Raises:
            VlaError: it cannot be read.
        """
        row = self._rows[index]
        try:
            table = pq.read_table(self.root / self._data_path(row))
        except (OSError, pa.ArrowException) as error:
            raise VlaError(f"episode {index} of '{self.root}' cannot be read: {error}") from error
        if self._version == "v3.0":
            table = table.filter(pa.compute.equal(table["episode_index"], index))
        if len(table) != row["length"]:
            raise VlaError(
                f"episode {index} of '{self.root}' has {len(table)} frames, its metadata say {row['length']}"
            )
        columns = {name: column_array(table, name) for name in table.column_names}
        return Episode(index, [self._tasks[int(i)] for i in columns["task_index"]], columns)

    def pictures(self, index: int, key: str) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield the pictures ``(H, W, 3)`` of a camera in an episode."""
        row = self._rows[index]
        if self._version == "v3.0":
            place = {"chunk_index": row[f"videos/{key}/chunk_index"], "file_index": row[f"videos/{key}/file_index"]}
            path = self.root / self.info["video_path"].format(video_key=key, **place)
            begin_s, end_s = row[f"videos/{key}/from_timestamp"], row[f"videos/{key}/to_timestamp"]
        else:
            path = self.root / self.info["video_path"].format(video_key=key, **self._place(index))
            begin_s, end_s = 0.0, float("inf")
        for _, image in read_video(path, begin_s, end_s):
            yield image

    def _place(self, index: int) -> dict[str, int]:
        return {"episode_chunk": index // int(self.info["chunks_size"]), "episode_index": index}

    def _data_path(self, row: dict[str, Any]) -> str:
        if self._version == "v3.0":
            place = {"chunk_index": row["data/chunk_index"], "file_index": row["data/file_index"]}
        else:
            place = self._place(row["episode_index"])
        return str(self.info["data_path"].format(**place))

    def _read_episodes(self) -> list[dict[str, Any]]:
        meta = self.root / "meta"
        if self._version == "v2.1":
            return [json.loads(line) for line in (meta / "episodes.jsonl").read_text("utf-8").splitlines()]
        files = sorted((meta / "episodes").glob("chunk-*/file-*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    def _read_tasks(self) -> dict[int, str]:
        meta = self.root / "meta"
        if self._version == "v2.1":
            rows = [json.loads(line) for line in (meta / "tasks.jsonl").read_text("utf-8").splitlines()]
        else:
            rows = pq.read_table(meta / "tasks.parquet").to_pylist()
        # pandas names an index without a name so.
        return {int(row["task_index"]): str(row.get("task", row.get("__index_level_0__"))) for row in rows}
