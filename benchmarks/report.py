# SPDX-License-Identifier: Apache-2.0
"""The figures of one run with the machine and the versions that made them. No measuring, no files."""

import datetime
import importlib.metadata
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

LIBRARIES = ("numpy", "scipy", "mujoco", "pin", "daqp", "cyclonedds", "torch", "transformers", "rosbags")


@dataclass(frozen=True, slots=True)
class Report:
    """One run of a benchmark.

    Attributes:
        name: Name of the benchmark.
        machine: Processor, number of cores available and system, in words.
        versions: Versions of Python and of the libraries that are installed, by name.
        date: UTC, ISO 8601.
        figures: Numbers by key; the unit is the key's suffix.
    """

    name: str
    machine: str
    versions: dict[str, str]
    date: str
    figures: dict[str, float]

    @classmethod
    def now(cls, name: str, figures: dict[str, float]) -> "Report":
        """Return the report of a run that has just ended on this machine."""
        date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        return cls(name, machine(), versions(), date, figures)

    def as_dict(self) -> dict[str, object]:
        """Return the report as it is written to JSON."""
        return asdict(self)


def machine() -> str:
    """Return processor, cores that this process may use, and system, in words."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of those of ``LIBRARIES`` that are installed."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
