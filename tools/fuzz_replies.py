# SPDX-License-Identifier: Apache-2.0
"""Feeds damaged answers of policy servers to the clients' decoders: no crash, no long decoding, no large allocation.

``python -m tools.fuzz_replies [--count N] [--seed S] [--json FILE] [PROTOCOL…]`` prints one line per protocol, exits 1
where a decoder raised anything but its own error, and adds the figures to ``FILE`` under each protocol's name. The
answers are right ones with bytes changed, cut, doubled or replaced by headers that promise much, and random bytes.
"""

import argparse
import json
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vla_ros.policy.remote.faults import RemoteError
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.policy.remote.transports.transport import Message
from vla_ros.serving.fake.answers import actions_frame, error_frame
from vla_ros.serving.fake.behaviour import FakeConfig

PROMISES = (
    b"\xdd\xff\xff\xff\xff",  # msgpack: a list of 2**32 - 1
    b"\xdf\x7f\xff\xff\xff",  # a map
    b"\xc6\xff\xff\xff\xff",  # bytes
    b"\xdd\x00\x01\x00\x00" * 40,  # nested lists
    b"\x93" * 2000,
    b"[" * 3000,
    b'{"__numpy__": "", "dtype": "<f8", "shape": [1000000, 1000000]}',
    b'{"__ndarray_class__": true}',
    b"1e999",
    b"9" * 5000,
    b"NaN",
    b"\xc1",
)
DTYPES = (b"|O", b"<c8", b"<U9", b"|V8", b">f8", b"<f9", b"|b1", b"")


@dataclass(slots=True)
class Outcome:
    """What became of the answers to one protocol: counts by fault, most processor time, largest allocation."""

    faults: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    peak_bytes: int = 0
    crashes: list[str] = field(default_factory=list)


def answers(protocol: str, count: int, seed: int) -> Iterator[Message]:
    """Yield damaged answers."""
    random = np.random.default_rng(seed)
    actions = random.standard_normal((10, 8)).astype(np.float32)
    right = [actions_frame(protocol, actions, FakeConfig()), error_frame(protocol)[0]]
    for _ in range(count):
        frame = bytearray(right[int(random.random() < 0.2)])
        for _ in range(int(random.integers(1, 4))):
            _DAMAGES[int(random.integers(len(_DAMAGES)))](frame, random)
        yield Message(bytes(frame), text=random.random() < 0.05, status=200 if random.random() < 0.97 else 500)


def feed(protocol: str, count: int, seed: int = 0) -> Outcome:
    """Decode ``count`` damaged answers and return what became of them."""
    outcome = Outcome()
    decoder = PROTOCOLS[protocol].make()
    tracemalloc.start()
    for message in answers(protocol, count, seed):
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        begun = time.thread_time()
        try:
            decoder.reply(message)
            outcome.faults["accepted"] += 1
        except RemoteError as error:
            outcome.faults[error.fault.value] += 1
        except Exception as error:  # what the fuzzing looks for
            outcome.crashes.append(f"{type(error).__name__}: {error} for {message.body[:80]!r}")
        outcome.slowest_s = max(outcome.slowest_s, time.thread_time() - begun)
        outcome.peak_bytes = max(outcome.peak_bytes, tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return outcome


def _flip(frame: bytearray, random: np.random.Generator) -> None:
    if frame:
        frame[int(random.integers(len(frame)))] = int(random.integers(256))


def _cut(frame: bytearray, random: np.random.Generator) -> None:
    del frame[int(random.integers(len(frame) + 1)) :]


def _double(frame: bytearray, random: np.random.Generator) -> None:
    first, last = sorted(int(i) for i in random.integers(len(frame) + 1, size=2))
    frame[first:first] = frame[first:last]


def _promise(frame: bytearray, random: np.random.Generator) -> None:
    at = int(random.integers(len(frame) + 1)) if random.random() < 0.7 else 0
    piece = PROMISES[int(random.integers(len(PROMISES)))]
    frame[at : at + len(piece) * int(random.integers(2))] = piece


def _noise(frame: bytearray, random: np.random.Generator) -> None:
    frame[:] = random.bytes(int(random.integers(200)))


def _dtype(frame: bytearray, random: np.random.Generator) -> None:
    frame[:] = frame.replace(b"<f4", DTYPES[int(random.integers(len(DTYPES)))])


def _size(frame: bytearray, random: np.random.Generator) -> None:
    frame[:] = frame.replace(b"\n", bytes([int(random.integers(256))]), 1)


_DAMAGES: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (
    _flip,
    _flip,
    _cut,
    _double,
    _promise,
    _noise,
    _dtype,
    _size,
)


def _keep(file: Path, protocol: str, seed: int, outcome: Outcome) -> None:
    """Add the figures of one protocol to a file of results."""
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    results[protocol] = {
        "answers": sum(outcome.faults.values()) + len(outcome.crashes),
        "seed": seed,
        "crashes": len(outcome.crashes),
        "slowest_ms": round(outcome.slowest_s * 1e3, 3),
        "largest_allocation_bytes": outcome.peak_bytes,
        "faults": dict(sorted(outcome.faults.items())),
    }
    file.write_text(json.dumps(dict(sorted(results.items())), indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Feed every protocol and print what became of it."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.fuzz_replies", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("protocols", nargs="*", metavar="PROTOCOL", help="default: all")
    parser.add_argument("--count", type=int, default=100_000, help="answers per protocol (default: 100000)")
    parser.add_argument("--seed", type=int, default=0, help="of the damage (default: 0)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="results to add to, one entry per protocol")
    options = parser.parse_args()
    failed = False
    for protocol in options.protocols or PROTOCOLS:
        outcome = feed(protocol, options.count, options.seed)
        failed |= bool(outcome.crashes)
        faults = ", ".join(f"{name} {n}" for name, n in sorted(outcome.faults.items()))
        print(
            f"{protocol}: {options.count} answers, {len(outcome.crashes)} crashes, "
            f"slowest {outcome.slowest_s * 1e3:.1f} ms, "
            f"largest allocation {outcome.peak_bytes / 1e6:.2f} MB; {faults}"
        )
        for crash in outcome.crashes[:5]:
            print(f"  {crash}")
        if options.json:
            _keep(options.json, protocol, options.seed, outcome)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
