# SPDX-License-Identifier: Apache-2.0
"""The whole of ingestion for one contract: messages in, observations out. The node and the bag source both drive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vla_ros.contract.model import Contract
from vla_ros.contract.streams import NS_PER_S
from vla_ros.ingest.aligner import Aligner, Rejection
from vla_ros.ingest.decoders import Arrival, StreamDecoder
from vla_ros.types import Observation, StreamReport

__all__ = ["Ingestor", "Route", "routes"]

_EARLY = 0.75  # of a period: a camera at the contract's rate may be early by a quarter, one of twice the rate is halved


@dataclass(frozen=True, slots=True)
class Route:
    """One topic to subscribe: where its messages go.

    Attributes:
        topic: As in the contract.
        type_name: ROS type.
        key: Stream that it feeds.
        static: It is ``/tf_static``: transient local, never old.
    """

    topic: str
    type_name: str
    key: str
    static: bool = False


def routes(contract: Contract) -> tuple[Route, ...]:
    """Return every topic that the contract's streams come from."""
    found: list[Route] = []
    for stream in contract.streams:
        found.append(Route(stream.topic, stream.type_name, stream.key))
        if stream.type_name.endswith("TFMessage"):
            found.append(Route(f"{stream.topic}_static", stream.type_name, stream.key, static=True))
    return tuple(found)


class Ingestor:
    """Decoders, buffers and pace of one contract.

    ``decode`` may run in other threads, one per stream; ``store`` and ``poll`` belong to one owner.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._decoders = {stream.key: StreamDecoder(stream) for stream in contract.streams}
        self._aligner = Aligner(contract)
        self._pending: tuple[int, int] | None = None  # reference time and when it came up; the newest wins
        self._offered_ns: int | None = None
        self._restarts = 0

    def decode(self, key: str, message: Any, receive_ns: int, *, static: bool = False) -> Arrival:
        """Decode a message of the stream ``key`` that arrived at ``receive_ns``."""
        return self._decoders[key](message, receive_ns, static=static)

    def store(self, arrival: Arrival) -> None:
        """Keep what arrived; a new sample of the pacing stream asks for an observation."""
        self._aligner.push(arrival)
        if self._aligner.restarts != self._restarts:
            self._restarts = self._aligner.restarts
            self._pending = self._offered_ns = None
        timing = self.contract.timing
        newest_ns = self._aligner.newest_ns(timing.pace) if arrival.key == timing.pace else None
        if newest_ns is None or newest_ns == self._offered_ns:
            return
        if self._offered_ns is None or newest_ns - self._offered_ns >= _EARLY * timing.period_ns:
            self._offered_ns = newest_ns
            self._pending = (newest_ns, arrival.receive_ns)

    def poll(self, now_ns: int) -> Observation | Rejection | None:
        """Return the observation that is due, the reason why there is none, or None while nothing is due.

        It is due as soon as every stream has reached the reference time, or the contract's wait is over.
        """
        if self._pending is None:
            return None
        reference_ns, since_ns = self._pending
        waited_ns = now_ns - since_ns
        if not self._aligner.has_reached(reference_ns) and waited_ns < self.contract.timing.max_wait_s * NS_PER_S:
            return None
        self._pending = None
        return self._aligner.observe(reference_ns, now_ns)

    def has_reached(self, reference_ns: int) -> bool:
        """Whether the observation at ``reference_ns`` is final."""
        return self._aligner.has_reached(reference_ns)

    def observe(self, reference_ns: int) -> Observation | Rejection:
        """Return the observation at a given time instead of at the contract's pace."""
        return self._aligner.observe(reference_ns)

    def reports(self, now_ns: int) -> tuple[StreamReport, ...]:
        """Return the condition of every stream as of now."""
        return self._aligner.reports(now_ns)

    @property
    def restarts(self) -> int:
        """How often a clock or source went back and the buffers were emptied."""
        return self._restarts
