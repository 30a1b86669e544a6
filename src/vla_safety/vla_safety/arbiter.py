# SPDX-License-Identifier: Apache-2.0
"""Which source of references is obeyed: one at a time, by priority, for as long as it keeps its lease. No motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vla_safety.config import SourceConfig
from vla_safety.types import Reference


@dataclass(frozen=True, slots=True)
class Lease:
    """What a source sent last, and when."""

    reference: Reference
    received_ns: int


class SourceArbiter:
    """Keeps the newest reference of every source and names the one that is obeyed.

    Taking over needs no care here: the filter joins any reference from the commanded state: it ramps, it never jumps.
    """

    def __init__(self, sources: Sequence[SourceConfig]) -> None:
        self._sources = {source.name: source for source in sources}
        self._leases: dict[str, Lease] = {}

    def offer(self, reference: Reference, now_ns: int) -> str:
        """Take a reference from its source; return why it is refused, or an empty string."""
        if reference.source not in self._sources:
            return f"unknown_source: {reference.source!r} is not one of {sorted(self._sources)}"
        self._leases[reference.source] = Lease(reference, now_ns)
        return ""

    def release(self, source: str) -> None:
        """End the lease of a source now."""
        self._leases.pop(source, None)

    def clear(self) -> None:
        """End all leases, e.g. on an emergency stop: what was asked before it is void after it."""
        self._leases.clear()

    def current(self, now_ns: int) -> Reference | None:
        """Return the newest reference of the source of highest priority whose lease runs, None if there is none."""
        running = [
            self._sources[name]
            for name, lease in self._leases.items()
            if now_ns - lease.received_ns <= self._sources[name].lease_s * 1e9
        ]
        if not running:
            return None
        return self._leases[max(running, key=lambda source: source.priority).name].reference
