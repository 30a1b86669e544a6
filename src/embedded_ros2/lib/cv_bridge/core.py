# SPDX-License-Identifier: Apache-2.0
"""ROS image messages from arrays and back. The encodings are in ``encodings``."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image

from cv_bridge.encodings import CvBridgeError, convert, encoding_of, plain_name

_PASS = "passthrough"


class CvBridge:
    """Converts images; it has no state."""

    def imgmsg_to_cv2(self, img_msg: Image, desired_encoding: str = _PASS) -> NDArray:
        """Return the pixels ``(height, width[, channels])``; a view of the message's data when nothing is converted.

        Raises:
            CvBridgeError: Unknown encoding, no conversion, or too little data.
        """
        encoding = encoding_of(img_msg.encoding)
        dtype = encoding.dtype.newbyteorder(">" if img_msg.is_bigendian else "<")
        row_bytes = img_msg.width * encoding.channels * dtype.itemsize
        step = img_msg.step or row_bytes
        data = np.frombuffer(img_msg.data, dtype=np.uint8)
        if step < row_bytes or data.size < step * img_msg.height:
            raise CvBridgeError(
                f"an image of {img_msg.width}x{img_msg.height} in [{img_msg.encoding}] needs {row_bytes} bytes a row, "
                f"got step {step} and {data.size} bytes in all"
            )
        image = _as_pixels(data[: step * img_msg.height].reshape(img_msg.height, step)[:, :row_bytes], dtype)
        if encoding.channels > 1:
            image = image.reshape(img_msg.height, img_msg.width, encoding.channels)
        if not dtype.isnative:
            image = image.astype(dtype.newbyteorder("="))
        if desired_encoding in (_PASS, img_msg.encoding):
            return image
        return convert(image, img_msg.encoding, desired_encoding)

    def cv2_to_imgmsg(self, cvim: NDArray, encoding: str = _PASS, header: Any = None) -> Image:
        """Return the message of an image.

        Args:
            cvim: ``(height, width[, channels])``.
            encoding: What the pixels mean; a name without colours when left out.
            header: Header of the message.

        Raises:
            TypeError: Not an array of two or three axes.
            CvBridgeError: The encoding does not fit the pixels.
        """
        if not isinstance(cvim, np.ndarray) or cvim.ndim not in (2, 3):
            raise TypeError("Your input type is not a numpy array of two or three axes")
        channels = cvim.shape[2] if cvim.ndim == 3 else 1
        own_name = plain_name(cvim.dtype, channels)
        if encoding == _PASS:
            encoding = own_name
        wanted = encoding_of(encoding)
        if (wanted.dtype, wanted.channels) != (cvim.dtype.newbyteorder("="), channels):
            raise CvBridgeError(f"encoding specified as {encoding}, but image has incompatible type {own_name}")
        cvim = np.ascontiguousarray(cvim, dtype=cvim.dtype.newbyteorder("<"))
        message = Image(height=cvim.shape[0], width=cvim.shape[1], encoding=encoding, is_bigendian=0)
        if header is not None:
            message.header = header
        message.step = cvim.strides[0] if cvim.shape[0] else 0
        message.data = cvim.tobytes()
        return message

    def compressed_imgmsg_to_cv2(self, cmprs_img_msg: CompressedImage, desired_encoding: str = _PASS) -> NDArray:
        """Return the pixels of a compressed image; colours come as bgr8 unless another encoding is wanted.

        Raises:
            CvBridgeError: The data is no image.
        """
        buffer = np.frombuffer(cmprs_img_msg.data, dtype=np.uint8)
        image = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED) if buffer.size else None
        if image is None:
            raise CvBridgeError(f"{buffer.size} bytes of format '{cmprs_img_msg.format}' are not an image")
        if desired_encoding == _PASS:
            return image
        depth = 16 if image.dtype == np.uint16 else 8
        order = {1: "mono", 3: "bgr", 4: "bgra"}[1 if image.ndim == 2 else image.shape[2]]
        return convert(image, f"{order}{depth}", desired_encoding)

    def cv2_to_compressed_imgmsg(self, cvim: NDArray, dst_format: str = "jpg") -> CompressedImage:
        """Return the compressed message of an image in bgr8, bgra8, mono8 or, as png, mono16.

        Raises:
            TypeError: Not an array.
            CvBridgeError: The image cannot be written in this format.
        """
        if not isinstance(cvim, np.ndarray):
            raise TypeError("Your input type is not a numpy array")
        try:
            written, buffer = cv2.imencode(f".{dst_format}", cvim)
        except cv2.error as error:
            raise CvBridgeError(f"the image cannot be written as {dst_format}: {error.err}") from None
        if not written:
            raise CvBridgeError(f"the image cannot be written as {dst_format}")
        return CompressedImage(format=dst_format, data=buffer.tobytes())

    def encoding_to_dtype_with_channels(self, encoding: str) -> tuple[str, int]:
        """Return the name of the scalar type and the number of channels of an encoding."""
        found = encoding_of(encoding)
        return found.dtype.name, found.channels


def _as_pixels(rows: NDArray[np.uint8], dtype: np.dtype) -> NDArray:
    if dtype.itemsize == 1 or rows.flags.c_contiguous:
        return rows.view(dtype)
    return np.ascontiguousarray(rows).view(dtype)
