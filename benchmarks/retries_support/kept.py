# SPDX-License-Identifier: Apache-2.0
"""Episodes that an interrupted run has done, one JSON object a line. They are of the code that made them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.retries_support.episode import Episode, EpisodeJob

__all__ = ["KeptEpisodes"]


class KeptEpisodes:
    """What stands in a file, and what is added to it."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a last line that was cut short is left out."""
        self._path = path
        self.episodes: list[Episode] = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            try:
                data = json.loads(line)
            except json.JSONDecodeError:
                continue
            self.episodes.append(Episode(**{**data, "job": EpisodeJob(**data["job"])}))

    @property
    def jobs(self) -> set[EpisodeJob]:
        """Return what has been done."""
        return {episode.job for episode in self.episodes}

    def add(self, episode: Episode) -> None:
        """Keep an episode."""
        self.episodes.append(episode)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(episode)) + "\n")
