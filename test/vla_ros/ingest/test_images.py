# SPDX-License-Identifier: Apache-2.0
"""Images of every encoding become the same pixels; broken ones are refused by what is wrong with them."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.contract.streams import Fit, ImageSpec
from vla_ros.ingest.images import ENCODINGS, decode_compressed, decode_image
from vla_ros.ingest.sample import MalformedSampleError

RGB = ImageSpec(width=8, height=6)
DEPTH = ImageSpec(width=8, height=6, encoding="32FC1")
COLOUR = (200, 100, 50)


def flat(colour=COLOUR):
    return np.full((6, 8, 3), colour, np.uint8)


def decode(toy, pixels, encoding, spec=RGB, **changes):
    return decode_image(toy.image(1, pixels, encoding, **changes), spec)


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8", "8UC3", "8UC4"])
def test_colour_encodings_give_the_same_rgb(toy, encoding):
    rgb = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    swapped = encoding.startswith(("bgr", "8UC"))
    pixels = rgb[:, :, ::-1] if swapped else rgb
    if ENCODINGS[encoding].channels == 4:
        pixels = np.dstack([pixels, np.full((6, 8), 7, np.uint8)])
    np.testing.assert_array_equal(decode(toy, np.ascontiguousarray(pixels), encoding), rgb)


def test_bgr_is_given_where_the_contract_asks_for_it(toy):
    given = decode(toy, flat(), "rgb8", ImageSpec(8, 6, encoding="bgr8"))
    np.testing.assert_array_equal(given[0, 0], COLOUR[::-1])


@pytest.mark.parametrize(
    ("encoding", "dtype", "value"), [("mono8", "u1", 90), ("8UC1", "u1", 90), ("mono16", "u2", 90 << 8)]
)
def test_grey_becomes_three_equal_channels(toy, encoding, dtype, value):
    np.testing.assert_array_equal(decode(toy, np.full((6, 8), value, dtype), encoding), flat((90, 90, 90)))


def test_big_endian_depth_is_read_as_such(toy):
    pixels = np.full((6, 8), 1500, ">u2")
    np.testing.assert_allclose(decode(toy, pixels, "16UC1", DEPTH, is_bigendian=1), 1.5)


def test_depth_is_metres_and_zero_where_nothing_was_measured(toy):
    pixels = np.full((6, 8), 1.25, np.float32)
    pixels[0, :3] = np.nan, np.inf, -np.inf
    depth = decode(toy, pixels, "32FC1", DEPTH)
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(depth[0, :4], np.float32([0, 0, 0, 1.25]))


BAYER = {"rggb": "RG/GB", "bggr": "BG/GR", "gbrg": "GB/RG", "grbg": "GR/BG"}


@pytest.mark.parametrize("pattern", BAYER)
def test_bayer_patterns_are_named_by_their_first_row(toy, pattern):
    value = dict(zip("RGB", COLOUR, strict=True))
    tile = np.array([[value[letter] for letter in row] for row in BAYER[pattern].split("/")], np.uint8)
    given = decode(toy, np.tile(tile, (3, 4)), f"bayer_{pattern}8")
    np.testing.assert_array_equal(given[2:4, 2:6], flat()[2:4, 2:6])


# ITU-R BT.601, video range: rows Y, Cb, Cr.
BT601 = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])


@pytest.mark.parametrize(
    ("encoding", "luma_first"), [("yuv422", False), ("uyvy", False), ("yuyv", True), ("yuv422_yuy2", True)]
)
def test_yuv_byte_orders(toy, encoding, luma_first):
    y, u, v = (round(float(x)) for x in BT601 @ (np.array(COLOUR) / 255.0) + (16, 128, 128))
    pair = [[y, u], [y, v]] if luma_first else [[u, y], [v, y]]
    given = decode(toy, np.tile(np.array([pair], np.uint8), (6, 4, 1)), encoding)
    assert np.abs(given.astype(int) - COLOUR).max() <= 3


@pytest.mark.parametrize(("suffix", "tolerance"), [(".png", 0), (".jpg", 3)])
def test_compressed_images(suffix, tolerance):
    data = cv2.imencode(suffix, cv2.cvtColor(flat(), cv2.COLOR_RGB2BGR))[1].tobytes()
    given = decode_compressed(SimpleNamespace(format=suffix, data=data), RGB)
    assert np.abs(given.astype(int) - COLOUR).max() <= tolerance


@pytest.mark.parametrize(("prefix", "name"), [(b"", "png"), (bytes(12), "16UC1; compressedDepth png")])
def test_compressed_depth(prefix, name):
    data = prefix + cv2.imencode(".png", np.full((6, 8), 750, np.uint16))[1].tobytes()
    np.testing.assert_allclose(decode_compressed(SimpleNamespace(format=name, data=data), DEPTH), 0.75)


def test_padded_rows_are_skipped(toy):
    padded = np.zeros((6, 10, 3), np.uint8)
    padded[:, :8] = flat()
    np.testing.assert_array_equal(decode(toy, padded, "rgb8", width=8), flat())


def marked():
    """A 4x8 image whose top left quarter is white."""
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:2, :4] = 255
    return pixels


@pytest.mark.parametrize(("degrees", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_rotation_is_clockwise(toy, degrees, corner):
    width, height = (8, 4) if degrees in (0, 180) else (4, 8)
    given = decode(toy, marked(), "rgb8", ImageSpec(width, height, rotate_deg=degrees))
    assert [bool(given[y, x].any()) for y in (0, -1) for x in (0, -1)].count(True) == 1
    assert given[corner].all()


def test_padding_keeps_the_proportions_and_fills_with_grey(toy):
    given = decode(toy, np.full((4, 8, 3), 255, np.uint8), "rgb8", ImageSpec(8, 8, pad_value=9))
    assert (given[2:6] == 255).all()
    assert (given[[0, 1, 6, 7]] == 9).all()


def test_cropping_fills_the_frame_from_the_middle(toy):
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, 2:6] = 255
    assert (decode(toy, pixels, "rgb8", ImageSpec(4, 4, fit=Fit.CROP)) == 255).all()


def test_stretch_and_source_crop(toy):
    spec = ImageSpec(6, 2, fit=Fit.STRETCH, crop=(0, 0, 4, 2))
    assert (decode(toy, marked(), "rgb8", spec) == 255).all()


def test_depth_is_never_averaged(toy):
    pixels = np.where(np.arange(16) % 2, 1000, 3000).astype(np.uint16)[None].repeat(12, 0)
    given = decode(toy, pixels, "16UC1", DEPTH)
    assert set(np.unique(given)) <= {np.float32(1.0), np.float32(3.0)}


@pytest.mark.parametrize(
    ("changes", "spec", "sentence"),
    [
        ({"encoding": "rgb9"}, RGB, "the encoding 'rgb9' is none of"),
        ({"data": b"123"}, RGB, "its 3 bytes do not fit 8x6 'rgb8' with a step of 24 bytes"),
        ({"step": 23}, RGB, "its 144 bytes do not fit"),
        ({"height": 0}, RGB, "do not fit 8x0"),
        ({}, ImageSpec(8, 6, source_size=(640, 480)), "it is 8x6 px, the contract expects 640x480"),
        ({}, ImageSpec(8, 6, crop=(0, 0, 9, 6)), r"it is 8x6 px, smaller than the crop \[0, 0, 9, 6\]"),
        ({}, DEPTH, "it holds colour, not 32FC1"),
    ],
)
def test_broken_image_is_refused(toy, changes, spec, sentence):
    with pytest.raises(MalformedSampleError, match=sentence):
        decode_image(toy.image(1, flat(), **changes), spec)


@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_broken_compressed_image_is_refused(data):
    with pytest.raises(MalformedSampleError, match=f"its {len(data)} bytes of format 'jpeg' are no image"):
        decode_compressed(SimpleNamespace(format="jpeg", data=data), RGB)


@given(
    encoding=st.sampled_from([*ENCODINGS, "", "rgb9"]),
    size=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    step=st.integers(0, 40),
    data=st.binary(max_size=400),
    fits=st.booleans(),
    spec=st.sampled_from([RGB, DEPTH, ImageSpec(3, 5, fit=Fit.CROP, rotate_deg=90)]),
)
def test_any_message_gives_an_image_of_the_contract_or_a_sentence(toy, encoding, size, step, data, fits, spec):
    layout = ENCODINGS.get(encoding)
    if fits and layout:
        step = size[0] * layout.channels * np.dtype(layout.dtype).itemsize
        data = (data + bytes(2000))[: step * size[1]]
    message = toy.image(1, None, encoding, width=size[0], height=size[1], step=step, data=data)
    try:
        given_image = decode_image(message, spec)
    except MalformedSampleError as error:
        assert str(error)
        return
    assert given_image.shape[:2] == (spec.height, spec.width)
    assert given_image.dtype == (np.float32 if spec is DEPTH else np.uint8)
    assert np.isfinite(given_image).all()


@given(data=st.binary(max_size=300), head=st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"]))
def test_any_compressed_data_gives_an_image_or_a_sentence(data, head):
    try:
        assert decode_compressed(SimpleNamespace(format="jpeg", data=head + data), RGB).shape == (6, 8, 3)
    except MalformedSampleError as error:
        assert str(error)
