# SPDX-License-Identifier: Apache-2.0
"""Turns serialised ``sensor_msgs/Image`` into ``CompressedImage`` for a recording. No ROS import."""

from __future__ import annotations

import cv2
import numpy as np
from rosbags.typesys.store import Typestore

from vla_ros.errors import VlaError

__all__ = ["COMPRESSED", "IMAGE", "compress_image"]

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED = "sensor_msgs/msg/CompressedImage"
COMPRESSED_SUFFIX = "/compressed"  # of the topic, as image_transport names it
_CHANNELS = {"rgb8": 3, "bgr8": 3, "mono8": 1}


def compress_image(data: bytes, store: Typestore, image_format: str, quality: int) -> bytes | None:
    """Return the message as ``CompressedImage``; None for an encoding that stays as it is, such as depth.

    Args:
        data: CDR of a ``sensor_msgs/Image``.
        store: Knows both types.
        image_format: ``jpeg`` or ``png``.
        quality: Of JPEG, 1..100.

    Raises:
        VlaError: the image has another size than it says.
    """
    message = store.deserialize_cdr(data, IMAGE)
    encoding = str(message.encoding)
    channels = _CHANNELS.get(encoding)
    if channels is None:
        return None
    height, width, step = int(message.height), int(message.width), int(message.step)
    pixels = np.frombuffer(message.data, np.uint8)
    if pixels.size != height * step or step < width * channels:
        raise VlaError(f"an image of {width}x{height} with encoding '{encoding}' cannot be compressed")
    image = pixels.reshape(height, step)[:, : width * channels].reshape(height, width, channels)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if encoding == "rgb8" else image
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if image_format == "jpeg" else [cv2.IMWRITE_PNG_COMPRESSION, 1]
    done, coded = cv2.imencode(f".{image_format}", bgr, options)
    if not done:
        raise VlaError(f"an image of {width}x{height} could not be compressed")
    compressed = store.types[COMPRESSED](
        header=message.header,
        format=f"{encoding}; {image_format} compressed {'bgr8' if channels == 3 else 'mono8'}",
        data=coded.reshape(-1),
    )
    return bytes(store.serialize_cdr(compressed, COMPRESSED))
