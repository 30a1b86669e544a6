# SPDX-License-Identifier: Apache-2.0
"""Images to arrays and back."""

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage, Image

from cv_bridge import CvBridge, CvBridgeError

BRIDGE = CvBridge()
RNG = np.random.default_rng(2)


@pytest.mark.parametrize(
    ("encoding", "dtype", "channels"),
    [
        ("rgb8", np.uint8, 3),
        ("bgra8", np.uint8, 4),
        ("mono8", np.uint8, 1),
        ("mono16", np.uint16, 1),
        ("16UC1", np.uint16, 1),
        ("32FC1", np.float32, 1),
        ("64FC3", np.float64, 3),
        ("8SC2", np.int8, 2),
        ("32SC4", np.int32, 4),
    ],
)
def test_pixels_round_trip(encoding, dtype, channels):
    shape = (7, 5) if channels == 1 else (7, 5, channels)
    image = RNG.integers(0, 100, shape).astype(dtype)
    message = BRIDGE.cv2_to_imgmsg(image, encoding)
    assert (message.height, message.width, message.step) == (7, 5, 5 * channels * image.itemsize)
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(message), image)
    assert BRIDGE.encoding_to_dtype_with_channels(encoding) == (np.dtype(dtype).name, channels)


def test_passthrough_names_the_plain_type():
    assert BRIDGE.cv2_to_imgmsg(np.zeros((2, 2, 3), np.uint8)).encoding == "8UC3"
    assert BRIDGE.cv2_to_imgmsg(np.zeros((2, 2), np.float32)).encoding == "32FC1"


def test_rgb_becomes_bgr():
    image = RNG.integers(0, 255, (4, 6, 3)).astype(np.uint8)
    message = BRIDGE.cv2_to_imgmsg(image, "rgb8")
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(message, "bgr8"), image[..., ::-1])


@pytest.mark.parametrize("tile", ["rggb", "bggr", "gbrg", "grbg"])
def test_bayer_pattern_gives_its_colours(tile):
    red = np.zeros((8, 8), np.uint8)
    row, column = divmod(tile.index("r"), 2)
    red[row::2, column::2] = 200
    message = BRIDGE.cv2_to_imgmsg(red, f"bayer_{tile}8")
    rgb = BRIDGE.imgmsg_to_cv2(message, "rgb8")[2:-2, 2:-2]
    assert rgb[..., 0].min() >= 199
    assert rgb[..., 2].max() == 0


def test_full_scale_stays_full_scale_between_depths():
    image = np.array([[0, 128, 255]], np.uint8)
    deep = BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(image, "mono8"), "mono16")
    np.testing.assert_array_equal(deep, [[0, 32896, 65535]])
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(deep, "mono16"), "mono8"), image)


def test_padded_rows_are_cut():
    padded = RNG.integers(0, 255, (3, 16)).astype(np.uint8)
    message = Image(height=3, width=4, encoding="rgb8", step=16, data=padded.tobytes())
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(message), padded[:, :12].reshape(3, 4, 3))


def test_padded_rows_of_wide_pixels_are_cut():
    padded = RNG.integers(0, 60000, (3, 6)).astype(np.uint16)
    message = Image(height=3, width=4, encoding="mono16", step=12, data=padded.tobytes())
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(message), padded[:, :4])


def test_big_endian_pixels_are_swapped():
    image = RNG.integers(0, 60000, (3, 4)).astype(np.uint16)
    message = Image(height=3, width=4, encoding="mono16", step=8, is_bigendian=1, data=image.astype(">u2").tobytes())
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(message), image)


def test_non_contiguous_image_is_sent_in_order():
    image = RNG.integers(0, 255, (6, 6, 3)).astype(np.uint8)[::2, ::-1]
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(image, "rgb8")), image)


def test_png_round_trips():
    image = RNG.integers(0, 255, (8, 9, 3)).astype(np.uint8)
    message = BRIDGE.cv2_to_compressed_imgmsg(image, "png")
    assert message.format == "png"
    np.testing.assert_array_equal(BRIDGE.compressed_imgmsg_to_cv2(message), image)
    np.testing.assert_array_equal(BRIDGE.compressed_imgmsg_to_cv2(message, "rgb8"), image[..., ::-1])


def test_jpeg_is_close():
    image = cv2.GaussianBlur(RNG.integers(0, 255, (64, 64, 3)).astype(np.uint8), (0, 0), 8)
    found = BRIDGE.compressed_imgmsg_to_cv2(BRIDGE.cv2_to_compressed_imgmsg(image))
    assert np.abs(found.astype(int) - image).mean() < 3


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            Image(height=1, width=1, encoding="rbg8", step=3, data=bytes(3)),
            r"Unrecognized image encoding \[rbg8\].*rgb8",
        ),
        (Image(height=4, width=4, encoding="rgb8", step=12, data=bytes(10)), "got step 12 and 10 bytes"),
        (Image(height=4, width=4, encoding="rgb8", step=3, data=bytes(48)), "got step 3"),
    ],
)
def test_bad_image_is_refused(message, words):
    with pytest.raises(CvBridgeError, match=words):
        BRIDGE.imgmsg_to_cv2(message)


def test_conversion_without_meaning_is_refused():
    with pytest.raises(CvBridgeError, match="not a color format"):
        BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(np.zeros((2, 2), np.float32)), "rgb8")
    with pytest.raises(CvBridgeError, match="incompatible type 8UC1"):
        BRIDGE.cv2_to_imgmsg(np.zeros((2, 2), np.uint8), "rgb8")
    with pytest.raises(CvBridgeError, match="not an image"):
        BRIDGE.compressed_imgmsg_to_cv2(CompressedImage(format="jpg", data=b"nonsense"))
