# SPDX-License-Identifier: Apache-2.0
"""Pictures put together and written as PNG. No rendering."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vla_sim.rendering import Image


def strip(images: Sequence[Image], columns: int) -> Image:
    """Return equal images side by side, ``columns`` a row, with a 2 pixel seam; missing ones are white."""
    height, width, _ = images[0].shape
    rows = -(-len(images) // columns)
    sheet = np.full((rows * (height + 2) - 2, columns * (width + 2) - 2, 3), 255, dtype=np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + 2), (index % columns) * (width + 2)
        sheet[top : top + height, left : left + width] = image
    return sheet


def write_png(path: Path, image: Image) -> None:
    """Write ``image (H, W, 3)`` as PNG (RFC 2083: signature, IHDR, one IDAT, IEND)."""
    height, width, _ = image.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), image.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, content in chunks:
            file.write(struct.pack(">I", len(content)) + kind + content)
            file.write(struct.pack(">I", zlib.crc32(kind + content)))
