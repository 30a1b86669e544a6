# SPDX-License-Identifier: Apache-2.0
"""Bounds on what a message may unfold to, found before it is decoded. Nothing is allocated here.

A byte of msgpack or two of JSON can stand for an object of a hundred bytes, and a header for a list of any length, so
that a limit on the message alone bounds nothing. Replies of policies have some hundred items; images and actions are
one item each.
"""

from __future__ import annotations

from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["MAX_DEPTH", "MAX_ITEMS", "require_small_json", "require_small_msgpack"]

MAX_ITEMS = 100_000  # plain JSON rows: 100 rows of 32 numbers are 3,300
MAX_DEPTH = 32

# First byte to bytes that follow it at once (fixed), or to the width of the length field before the data.
_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_FIXED |= {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8, 0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENSIONS = (0xC7, 0xC8, 0xC9)  # one more byte, the type, before the data
_COUNTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}  # arrays and maps: width of the count, items each


def require_small_msgpack(data: bytes) -> None:
    """Refuse a message of too many items or too deep nesting.

    Raises:
        RemoteError: TOO_LARGE; MALFORMED where the message is cut off or has bytes after its end.
    """
    at, items = 0, 0
    open_items = [1]  # items still to come, of each container that is open
    while open_items:
        if open_items[-1] == 0:
            open_items.pop()
            continue
        if at >= len(data):
            raise RemoteError(Fault.MALFORMED, "the message is cut off")
        open_items[-1] -= 1
        items += 1
        at, inner = _after(data, at)
        if inner:
            open_items.append(inner)
        if items + inner > MAX_ITEMS or len(open_items) > MAX_DEPTH:
            raise RemoteError(Fault.TOO_LARGE, f"the message has more than {MAX_ITEMS} items or {MAX_DEPTH} levels")
    if at != len(data):
        raise RemoteError(Fault.MALFORMED, f"{len(data) - at} bytes follow the message's end")


def _after(data: bytes, at: int) -> tuple[int, int]:
    """Return where the item at ``at`` ends (a container: its header), and how many items it contains."""
    first = data[at]
    at += 1
    if first <= 0x7F or first >= 0xE0:
        return at, 0
    if first <= 0x8F:
        return at, 2 * (first & 0x0F)
    if first <= 0x9F:
        return at, first & 0x0F
    if first <= 0xBF:
        return _within(data, at + (first & 0x1F)), 0
    if first in _FIXED:
        return _within(data, at + _FIXED[first]), 0
    if first in _SIZED:
        width = _SIZED[first]
        size = int.from_bytes(data[at : at + width], "big") + (first in _EXTENSIONS)
        return _within(data, at + width + size), 0
    if first in _COUNTED:
        width, each = _COUNTED[first]
        return _within(data, at + width), each * int.from_bytes(data[at : at + width], "big")
    raise RemoteError(Fault.MALFORMED, f"the byte 0x{first:02x} begins no item")


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise RemoteError(Fault.MALFORMED, "the message is cut off")
    return end


def require_small_json(data: bytes) -> None:
    """Refuse a document of too many items; commas and brackets in strings count, too.

    Raises:
        RemoteError: TOO_LARGE.
    """
    items = sum(data.count(sign) for sign in (b",", b"[", b"{"))
    if items > MAX_ITEMS:
        raise RemoteError(Fault.TOO_LARGE, f"the document has more than {MAX_ITEMS} items")
