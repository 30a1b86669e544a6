# SPDX-License-Identifier: Apache-2.0
"""Names of pixel encodings and the conversions between them. No messages."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


class CvBridgeError(TypeError):
    """An encoding or a conversion that does not exist, or an image that does not fit its description."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Pixel type: scalar type, number of channels, and colour order (empty for plain numbers)."""

    dtype: np.dtype
    channels: int
    colour: str = ""


_U8, _U16 = np.dtype(np.uint8), np.dtype(np.uint16)
_NAMED = {
    **{f"{order}8": Encoding(_U8, len(order), order) for order in ("rgb", "bgr", "rgba", "bgra")},
    **{f"{order}16": Encoding(_U16, len(order), order) for order in ("rgb", "bgr", "rgba", "bgra")},
    "mono8": Encoding(_U8, 1, "mono"),
    "mono16": Encoding(_U16, 1, "mono"),
    **{f"bayer_{tile}8": Encoding(_U8, 1, f"bayer_{tile}") for tile in ("rggb", "bggr", "gbrg", "grbg")},
    **{f"bayer_{tile}16": Encoding(_U16, 1, f"bayer_{tile}") for tile in ("rggb", "bggr", "gbrg", "grbg")},
    "yuv422": Encoding(_U8, 2, "uyvy"),
    "uyvy": Encoding(_U8, 2, "uyvy"),
    "yuv422_yuy2": Encoding(_U8, 2, "yuy2"),
    "yuyv": Encoding(_U8, 2, "yuy2"),
}
_SCALARS = {
    "8U": np.uint8,
    "8S": np.int8,
    "16U": np.uint16,
    "16S": np.int16,
    "32S": np.int32,
    "32F": np.float32,
    "64F": np.float64,
}
_PLAIN = re.compile(r"(8U|8S|16U|16S|32S|32F|64F)C(?:([1-9]\d?)|\(([1-9]\d*)\))?")
# OpenCV names a Bayer pattern by the second row's second and third pixel, ROS by the first two rows.
_BAYER = {"rggb": "BayerBG", "bggr": "BayerRG", "gbrg": "BayerGR", "grbg": "BayerGB"}


def encoding_of(name: str) -> Encoding:
    """Return what an encoding name means.

    Raises:
        CvBridgeError: The name is unknown.
    """
    if name in _NAMED:
        return _NAMED[name]
    match = _PLAIN.fullmatch(name)
    if match is None:
        near = difflib.get_close_matches(name, _NAMED, n=3)
        hint = f"; the nearest names are {', '.join(near)}" if near else ""
        raise CvBridgeError(f"Unrecognized image encoding [{name}]{hint}")
    return Encoding(np.dtype(_SCALARS[match[1]]), int(match[2] or match[3] or 1))


def plain_name(dtype: np.dtype, channels: int) -> str:
    """Return the encoding of an array that names no colours, e.g. ``32FC1``.

    Raises:
        CvBridgeError: Images cannot hold this scalar type.
    """
    for name, scalar in _SCALARS.items():
        if dtype.newbyteorder("=") == np.dtype(scalar):
            return f"{name}C{channels}"
    raise CvBridgeError(f"images cannot hold {dtype}; convert to one of {', '.join(_SCALARS)}")


def convert(image: NDArray, source: str, target: str) -> NDArray:
    """Return an image in another encoding, or the same array when nothing changes.

    Args:
        image: ``(height, width)`` or ``(height, width, channels)`` in encoding ``source``.
        source: Its encoding.
        target: Wanted encoding.

    Raises:
        CvBridgeError: There is no such conversion.
    """
    start, end = encoding_of(source), encoding_of(target)
    if start == end:
        return image
    if not start.colour or not end.colour:
        return _reinterpret(image, (source, start), (target, end))
    if start.colour != end.colour:
        image = _convert_colour(image, (source, start.colour), (target, end.colour))
    return _convert_depth(image, end.dtype)


def _reinterpret(image: NDArray, start: tuple[str, Encoding], end: tuple[str, Encoding]) -> NDArray:
    if (start[1].dtype, start[1].channels) != (end[1].dtype, end[1].channels):
        raise CvBridgeError(
            f"[{start[0]}] is not a color format, or [{end[0]}] is not, and their pixel types differ: no conversion"
        )
    return image


def _convert_colour(image: NDArray, start: tuple[str, str], end: tuple[str, str]) -> NDArray:
    left = _bayer_or(start[1])
    right = {"mono": "GRAY"}.get(end[1], end[1].upper())
    code = getattr(cv2, f"COLOR_{left}2{right}", None)
    if code is None:
        raise CvBridgeError(f"There is no conversion from [{start[0]}] to [{end[0]}]")
    return cv2.cvtColor(image, code)


def _bayer_or(colour: str) -> str:
    if colour.startswith("bayer_"):
        return _BAYER[colour.removeprefix("bayer_")]
    return {"mono": "GRAY", "uyvy": "YUV_UYVY", "yuy2": "YUV_YUY2"}.get(colour, colour.upper())


def _convert_depth(image: NDArray, dtype: np.dtype) -> NDArray:
    if image.dtype == dtype:
        return image
    # Full scale to full scale: 255 <-> 65535.
    if dtype == _U16:
        return image.astype(np.uint16) * np.uint16(257)
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
