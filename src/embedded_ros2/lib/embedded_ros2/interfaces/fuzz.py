# SPDX-License-Identifier: Apache-2.0
"""``python -m embedded_ros2.interfaces.fuzz --count N``: mutated buffers against the readers of all types.

A buffer must give a message or ``CorruptMessage``; anything else is a crash. Of one buffer in fifty the memory that
reading takes is traced.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import tracemalloc
from dataclasses import dataclass, field

from .errors import CorruptMessage
from .message_class import message_class
from .package_index import INDEX
from .random_message import random_message
from .source import interface_names
from .type_support import TypeSupport, typesupport

_TRACED_EVERY = 50
_SLOW_S = 1.0  # a thousand times what the slowest sound buffer takes
# Counts that overflow 32-bit and 64-bit products, and some that do not.
_EVIL_COUNTS = (0, 1, 2, 0x7F, 0xFFFF, 0x0FFFFFFF, 0x1FFFFFFF, 0x20000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass
class FuzzReport:
    """What a run saw."""

    accepted: int = 0
    rejected: int = 0
    crashes: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest_type: str = ""
    traced: int = 0
    peak_bytes: int = 0
    peak_ratio: float = 0.0  # bytes allocated at the peak by reading one buffer, per byte of the buffer
    peak_type: str = ""

    @property
    def failed(self) -> bool:
        """Whether any buffer crashed or hung the reader."""
        return bool(self.crashes) or self.slowest_s > _SLOW_S


def part_names() -> list[str]:
    """Return the names of all message types: messages, and the parts of services and actions."""
    names: list[str] = []
    suffixes = {
        "msg": ("",),
        "srv": ("_Request", "_Response", "_Event"),
        "action": ("_SendGoal_Request", "_SendGoal_Response", "_GetResult_Response", "_FeedbackMessage"),
    }
    for package in INDEX.packages():
        for kind, endings in suffixes.items():
            whole = interface_names(package, kind)
            names += [f"{package}/{kind}/{name}{ending}" for name in whole for ending in endings]
    return names


def mutate(buffer: bytearray, rng: random.Random) -> bytes:
    """Return a damaged copy: bits flipped, counts replaced, cut, extended, or pieces moved."""
    damaged = bytearray(buffer)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _mutate_once(damaged, rng)
    return bytes(damaged)


def _mutate_once(damaged: bytearray, rng: random.Random) -> None:
    way = rng.choice(_WAYS) if damaged else _extend
    way(damaged, rng)


def _extend(damaged: bytearray, rng: random.Random) -> None:
    damaged += rng.randbytes(rng.randint(1, 16))


def _flip_bit(damaged: bytearray, rng: random.Random) -> None:
    damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)


def _set_byte(damaged: bytearray, rng: random.Random) -> None:
    damaged[rng.randrange(len(damaged))] = rng.randrange(256)


def _set_count(damaged: bytearray, rng: random.Random) -> None:
    offset = rng.randrange(max(1, len(damaged) // 4)) * 4
    damaged[offset : offset + 4] = rng.choice(_EVIL_COUNTS).to_bytes(4, "little")


def _cut(damaged: bytearray, rng: random.Random) -> None:
    del damaged[rng.randrange(len(damaged)) :]


def _move_piece(damaged: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(damaged))
    piece = bytes(damaged[start : start + rng.randint(1, 16)])
    offset = rng.randrange(len(damaged))
    damaged[offset : offset + rng.choice((0, len(piece)))] = piece


_WAYS = (_extend, _flip_bit, _set_byte, _set_count, _cut, _move_piece)


def read_one(support: TypeSupport, damaged: bytes, report: FuzzReport) -> None:
    """Read one buffer, write back what was read, and note the outcome."""
    begin = time.perf_counter()
    try:
        support.serialize(support.deserialize(damaged))
        report.accepted += 1
    except CorruptMessage:
        report.rejected += 1
    except Exception as error:
        report.crashes.append(f"{support.name}: {type(error).__name__}: {error}: {damaged.hex()}")
    duration_s = time.perf_counter() - begin
    if duration_s > report.slowest_s:
        report.slowest_s, report.slowest_type = duration_s, support.name


def read_traced(support: TypeSupport, damaged: bytes, report: FuzzReport) -> None:
    """Read one buffer and note the most memory that doing so held."""
    tracemalloc.start()
    try:
        support.deserialize(damaged)
    except CorruptMessage:
        pass
    except Exception as error:
        report.crashes.append(f"{support.name}: {type(error).__name__}: {error}: {damaged.hex()}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    report.traced += 1
    ratio = peak / max(1, len(damaged))
    if peak > report.peak_bytes:
        report.peak_bytes = peak
    if len(damaged) >= 64 and ratio > report.peak_ratio:
        report.peak_ratio, report.peak_type = ratio, support.name


def fuzz(count: int, seed: int, names: list[str] | None = None) -> FuzzReport:
    """Read ``count`` mutated buffers, evenly over the types ``names`` (all types by default)."""
    rng = random.Random(seed)
    report = FuzzReport()
    names = part_names() if names is None else names
    per_type = -(-count // len(names))
    done = 0
    for name in names:
        support = typesupport(message_class(name))
        sound = [support.serialize(random_message(name, rng)) for _ in range(8)]
        support.deserialize(bytes(sound[0]))
        for _ in range(min(per_type, count - done)):
            done += 1
            damaged = mutate(rng.choice(sound), rng)
            read_one(support, damaged, report)
            if done % _TRACED_EVERY == 0:
                read_traced(support, damaged, report)
    return report


def main(arguments: list[str] | None = None) -> int:
    """Print the report; exit with 1 if a buffer crashed or hung a reader."""
    parser = argparse.ArgumentParser(prog="python -m embedded_ros2.interfaces.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="number of mutated buffers")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    report = fuzz(options.count, options.seed)
    after_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{report.accepted + report.rejected + len(report.crashes)} buffers over {len(part_names())} types")
    print(f"accepted {report.accepted}, rejected {report.rejected}, crashes {len(report.crashes)}")
    total_s = time.perf_counter() - begin
    print(f"slowest buffer {report.slowest_s * 1e3:.2f} ms ({report.slowest_type}), all {total_s:.0f} s")
    print(
        f"of {report.traced} traced: peak {report.peak_bytes} bytes for one buffer, "
        f"at most {report.peak_ratio:.1f} bytes per byte of buffer ({report.peak_type}, buffers of 64 bytes or more)"
    )
    print(f"resident set: {before_kib / 1024:.0f} MiB before, at most {after_kib / 1024:.0f} MiB")
    for crash in report.crashes[:10]:
        print(crash)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
