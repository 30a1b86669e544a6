# SPDX-License-Identifier: Apache-2.0
"""The two parts of a CogACT request as ``multipart/form-data`` (RFC 7578), and images as PNG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["Part", "encode", "parts_of", "png"]

BOUNDARY = "vla-ros-7d9f0c1b5e3a"  # fixed: a random one would make requests differ that are the same


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a form: field name, file name, media type, content."""

    name: str
    filename: str
    media_type: str
    content: bytes


def encode(parts: tuple[Part, ...]) -> tuple[bytes, str]:
    """Return the body and its ``Content-Type``.

    Raises:
        ValueError: the boundary occurs in a part.
    """
    pieces = []
    for part in parts:
        if BOUNDARY.encode() in part.content:
            raise ValueError("the boundary occurs in the content")
        disposition = f'Content-Disposition: form-data; name="{part.name}"; filename="{part.filename}"'
        head = f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: {part.media_type}\r\n\r\n"
        pieces += [head.encode(), part.content, b"\r\n"]
    return b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()]), f"multipart/form-data; boundary={BOUNDARY}"


def parts_of(body: bytes, content_type: str) -> dict[str, bytes]:
    """Return the contents of a form by field name; for servers.

    Raises:
        RemoteError: MALFORMED, it is no form.
    """
    found = re.search(r'boundary="?([^";]+)', content_type)
    if not content_type.startswith("multipart/form-data") or found is None:
        raise RemoteError(Fault.MALFORMED, "the request is no form")
    fields = {}
    for piece in body.split(b"--" + found.group(1).encode())[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name is None:
            raise RemoteError(Fault.MALFORMED, "a part of the form has no name")
        fields[name.group(1).decode("utf-8", "replace")] = content.removesuffix(b"\r\n")
    return fields


def png(image: npt.NDArray[Any]) -> bytes:
    """Return an RGB image ``(H, W, 3)`` as PNG; compressed lightly, because the time counts and not the size.

    Raises:
        TypeError: it is no RGB image.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise TypeError(f"an image needs shape (H, W, 3) and uint8, got {image.shape} {image.dtype}")
    _, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return data.tobytes()
