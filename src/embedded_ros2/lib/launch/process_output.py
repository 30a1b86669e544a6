# SPDX-License-Identifier: Apache-2.0
"""Where the output of a process goes: cut into lines, prefixed, to the screen and to log files."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from launch.errors import LaunchError
from launch.logging import launch_config
from launch.utilities import nearest_names

STDOUT, STDERR = 1, 2
DESTINATIONS = ("screen", "log", "own_log")
PRESETS: Mapping[str, Mapping[int, frozenset[str]]] = {
    "screen": {STDOUT: frozenset({"screen"}), STDERR: frozenset({"screen"})},
    # log: standard error is shown as well
    "log": {STDOUT: frozenset({"log"}), STDERR: frozenset({"log", "screen"})},
    "both": {STDOUT: frozenset({"log", "screen"}), STDERR: frozenset({"log", "screen"})},
    "own_log": {STDOUT: frozenset({"own_log"}), STDERR: frozenset({"own_log"})},
    "full": {STDOUT: frozenset(DESTINATIONS), STDERR: frozenset(DESTINATIONS)},
}


def parse_output(output: str | Mapping[str, str | set[str]]) -> Mapping[int, frozenset[str]]:
    """Return the destinations per stream for a preset name or a mapping of ``stdout, stderr, both``.

    Raises:
        LaunchError: an unknown preset, stream or destination, with the nearest one.
    """
    if isinstance(output, str):
        if output not in PRESETS:
            near = nearest_names(output, PRESETS)
            raise LaunchError(f"output must be one of {', '.join(PRESETS)}, got '{output}'{near}")
        return PRESETS[output]
    streams: dict[int, frozenset[str]] = {STDOUT: frozenset(), STDERR: frozenset()}
    numbers = {"stdout": (STDOUT,), "stderr": (STDERR,), "both": (STDOUT, STDERR)}
    for name, given in output.items():
        targets = frozenset([given] if isinstance(given, str) else given)
        if name not in numbers or not targets <= set(DESTINATIONS):
            raise LaunchError(f"output maps stdout, stderr, both to screen, log, own_log; got {name!r}: {given!r}")
        for number in numbers[name]:
            streams[number] |= targets
    return streams


class ProcessOutput:
    """Takes the bytes of one process and writes whole lines."""

    def __init__(
        self, name: str, destinations: Mapping[int, frozenset[str]], line_format: str = "[{name}] {line}"
    ) -> None:
        self._name = name
        self._destinations = destinations
        self._format = line_format
        self._decoders = {fd: codecs.getincrementaldecoder("utf-8")("replace") for fd in (STDOUT, STDERR)}
        self._partial = {STDOUT: "", STDERR: ""}

    def feed(self, fd: int, data: bytes) -> None:
        """Take bytes of a stream; what is behind the last line end waits."""
        text = self._partial[fd] + self._decoders[fd].decode(data)
        *lines, self._partial[fd] = text.split("\n")
        for line in lines:
            self._write(fd, line.removesuffix("\r"))

    def flush(self) -> None:
        """Write what waits."""
        for fd, rest in self._partial.items():
            if rest:
                self._write(fd, rest)
            self._partial[fd] = ""

    def _write(self, fd: int, line: str) -> None:
        destinations = self._destinations[fd]
        if "screen" in destinations:
            prefix = launch_config.process_prefix(self._name)
            launch_config.to_screen(
                self._format.format(name=self._name, line=line).replace(f"[{self._name}]", prefix, 1)
            )
        if "log" in destinations:
            launch_config.to_file(self._format.format(name=self._name, line=line))
        if "own_log" in destinations:
            launch_config.to_file(line, f"{self._name}-{'stdout' if fd == STDOUT else 'stderr'}.log")
