# SPDX-License-Identifier: Apache-2.0
"""Decodes ``sensor_msgs/Image`` and ``CompressedImage`` and fits them to the contract. No ROS import.

Any object with the message's fields will do, so that live messages and those of a bag take the same path.
Pixels are cropped, rotated and resized in the encoding that they arrive in where that is possible: the cheap conversion
to RGB then runs on the small image.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.contract.streams import Fit, ImageSpec
from vla_ros.ingest.sample import MalformedSampleError
from vla_ros.types import ImageArray

__all__ = ["ENCODINGS", "decode_compressed", "decode_image"]

Pixels = npt.NDArray[Any]


class _Layout(NamedTuple):
    """Memory layout of an encoding: element type, channels, and the kind that ``_FINISH`` turns into the output."""

    dtype: str
    channels: int
    kind: str
    convert: int = -1  # OpenCV conversion that has to come before any resizing; -1: none


# OpenCV names a Bayer pattern by its second row, ROS by its first: rggb is OpenCV's BayerBG.
ENCODINGS = {
    "rgb8": _Layout("u1", 3, "rgb"),
    "bgr8": _Layout("u1", 3, "bgr"),
    "rgba8": _Layout("u1", 4, "rgba"),
    "bgra8": _Layout("u1", 4, "bgra"),
    "mono8": _Layout("u1", 1, "mono"),
    "mono16": _Layout("u2", 1, "mono16"),
    "8UC1": _Layout("u1", 1, "mono"),
    "8UC3": _Layout("u1", 3, "bgr"),
    "8UC4": _Layout("u1", 4, "bgra"),
    "16UC1": _Layout("u2", 1, "depth_mm"),
    "32FC1": _Layout("f4", 1, "depth"),
    "bayer_rggb8": _Layout("u1", 1, "rgb", cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": _Layout("u1", 1, "rgb", cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": _Layout("u1", 1, "rgb", cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": _Layout("u1", 1, "rgb", cv2.COLOR_BayerGB2RGB),
    "yuv422": _Layout("u1", 2, "rgb", cv2.COLOR_YUV2RGB_UYVY),
    "uyvy": _Layout("u1", 2, "rgb", cv2.COLOR_YUV2RGB_UYVY),
    "yuv422_yuy2": _Layout("u1", 2, "rgb", cv2.COLOR_YUV2RGB_YUYV),
    "yuyv": _Layout("u1", 2, "rgb", cv2.COLOR_YUV2RGB_YUYV),
}
_TO_RGB = {"bgr": cv2.COLOR_BGR2RGB, "rgba": cv2.COLOR_RGBA2RGB, "bgra": cv2.COLOR_BGRA2RGB, "mono": cv2.COLOR_GRAY2RGB}
_TO_BGR = {"rgb": cv2.COLOR_RGB2BGR, "rgba": cv2.COLOR_RGBA2BGR, "bgra": cv2.COLOR_BGRA2BGR, "mono": cv2.COLOR_GRAY2BGR}
_FINISH = {"rgb8": ("rgb", _TO_RGB), "bgr8": ("bgr", _TO_BGR)}
_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_DEPTH_HEADER_BYTES = 12  # compressed_depth_image_transport writes its quantisation parameters before the PNG
_MM_PER_M = 1000.0  # REP-118: 16UC1 depth is in millimetres, 32FC1 in metres


def decode_image(message: Any, spec: ImageSpec) -> ImageArray:
    """Return a raw image as the contract wants it.

    Args:
        message: Has the fields of ``sensor_msgs/Image``.
        spec: Size, encoding and geometry to produce.

    Returns:
        ``(H, W, 3)`` uint8, or ``(H, W)`` float32 depth [m] with 0 where nothing was measured.

    Raises:
        MalformedSampleError: unknown encoding, wrong size, or colour where depth is expected and the reverse.
    """
    layout = ENCODINGS.get(message.encoding)
    if layout is None:
        raise MalformedSampleError(f"the encoding '{message.encoding}' is none of {', '.join(ENCODINGS)}")
    pixels = _raster(message, layout)
    if layout.convert >= 0:
        pixels = _converted(pixels, layout.convert)
    return _produce(pixels, layout.kind, spec)


def decode_compressed(message: Any, spec: ImageSpec) -> ImageArray:
    """Return a JPEG or PNG image as the contract wants it.

    Args:
        message: Has the fields of ``sensor_msgs/CompressedImage``.
        spec: Size, encoding and geometry to produce.

    Returns:
        As ``decode_image``.

    Raises:
        MalformedSampleError: no image in the data, or colour where depth is expected and the reverse.
    """
    data = np.frombuffer(message.data, np.uint8)
    if "compressedDepth" in message.format:
        data = data[_DEPTH_HEADER_BYTES:]
    pixels = _opened(data)
    if pixels is None:
        raise MalformedSampleError(f"its {data.size} bytes of format '{message.format}' are no image")
    kinds = {(2, "uint8"): "mono", (2, "uint16"): "depth_mm", (3, "uint8"): "bgra" if pixels.shape[-1] == 4 else "bgr"}
    kind = kinds.get((pixels.ndim, pixels.dtype.name))
    if kind is None:
        raise MalformedSampleError(f"its pixels are {pixels.dtype.name}, expected uint8 or uint16")
    return _produce(pixels, kind, spec)


def _opened(data: Pixels) -> Pixels | None:
    try:
        return cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except cv2.error:  # a header that promises more than OpenCV allows
        return None


def _converted(pixels: Pixels, conversion: int) -> Pixels:
    try:
        converted: Pixels = cv2.cvtColor(pixels, conversion)
    except cv2.error as error:  # Bayer and YUV patterns need a few, and even, pixels
        raise MalformedSampleError(f"{pixels.shape[1]}x{pixels.shape[0]} px cannot hold its pattern") from error
    return converted


def _raster(message: Any, layout: _Layout) -> Pixels:
    """Return ``(H, W)`` or ``(H, W, channels)`` over the message's own memory; rows may be padded."""
    dtype = np.dtype((">" if message.is_bigendian else "<") + layout.dtype)
    width, height, step = int(message.width), int(message.height), int(message.step)
    row_bytes = width * layout.channels * dtype.itemsize
    data = np.frombuffer(message.data, np.uint8)
    if height < 1 or width < 1 or step < row_bytes or data.size != height * step:
        raise MalformedSampleError(
            f"its {data.size} bytes do not fit {width}x{height} '{message.encoding}' with a step of {step} bytes"
        )
    rows = data.reshape(height, step)[:, :row_bytes]
    pixels: Pixels = np.ascontiguousarray(rows).view(dtype).astype(layout.dtype, copy=False)
    return pixels.reshape(height, width, layout.channels) if layout.channels > 1 else pixels


def _produce(pixels: Pixels, kind: str, spec: ImageSpec) -> ImageArray:
    size = (pixels.shape[1], pixels.shape[0])
    if spec.source_size and size != spec.source_size:
        raise MalformedSampleError(
            f"it is {size[0]}x{size[1]} px, the contract expects {spec.source_size[0]}x{spec.source_size[1]}"
        )
    if kind.startswith("depth") != (spec.encoding == "32FC1"):
        raise MalformedSampleError(f"it holds {'depth' if kind.startswith('depth') else 'colour'}, not {spec.encoding}")
    if kind.startswith("depth"):
        return np.ascontiguousarray(_fit(_depth_m(pixels, kind), spec))
    if kind == "mono16":
        pixels, kind = (pixels >> 8).astype(np.uint8), "mono"
    target, conversions = _FINISH[spec.encoding]
    fitted = _fit(pixels, spec)
    return np.ascontiguousarray(fitted if kind == target else cv2.cvtColor(fitted, conversions[kind]))


def _depth_m(pixels: Pixels, kind: str) -> npt.NDArray[np.float32]:
    if kind == "depth_mm":
        return np.asarray(pixels / np.float32(_MM_PER_M), np.float32)
    measured = np.isfinite(pixels)  # REP-117: not finite means nothing was measured
    return np.where(measured, pixels, 0.0).astype(np.float32)


def _fit(pixels: Pixels, spec: ImageSpec) -> Pixels:
    """Crop, rotate and resize."""
    if spec.crop:
        x, y, width, height = spec.crop
        if x + width > pixels.shape[1] or y + height > pixels.shape[0]:
            size = f"{pixels.shape[1]}x{pixels.shape[0]}"
            raise MalformedSampleError(f"it is {size} px, smaller than the crop {list(spec.crop)}")
        pixels = pixels[y : y + height, x : x + width]
    if spec.rotate_deg:
        pixels = cv2.rotate(pixels, _ROTATIONS[spec.rotate_deg])
    height, width = pixels.shape[:2]
    if (width, height) == (spec.width, spec.height):
        return pixels
    ratios = spec.width / width, spec.height / height
    if spec.fit is Fit.STRETCH:
        return _resize(pixels, spec.width, spec.height)
    ratio = min(ratios) if spec.fit is Fit.PAD else max(ratios)
    resized = _resize(pixels, max(1, round(width * ratio)), max(1, round(height * ratio)))
    return _pad(resized, spec) if spec.fit is Fit.PAD else _cut(resized, spec)


def _resize(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.dtype == np.float32:
        method = cv2.INTER_NEAREST  # the mean of two depths is a place where nothing is
    else:
        method = cv2.INTER_AREA if width < pixels.shape[1] else cv2.INTER_LINEAR
    resized: Pixels = cv2.resize(pixels, (width, height), interpolation=method)
    return resized


def _pad(pixels: Pixels, spec: ImageSpec) -> Pixels:
    height, width = pixels.shape[:2]
    top, left = (spec.height - height) // 2, (spec.width - width) // 2
    grey = 0.0 if pixels.dtype == np.float32 else float(spec.pad_value)
    padded = np.full((spec.height, spec.width, *pixels.shape[2:]), grey, pixels.dtype)
    padded[top : top + height, left : left + width] = pixels
    return padded


def _cut(pixels: Pixels, spec: ImageSpec) -> Pixels:
    top, left = (pixels.shape[0] - spec.height) // 2, (pixels.shape[1] - spec.width) // 2
    return pixels[top : top + spec.height, left : left + spec.width]
