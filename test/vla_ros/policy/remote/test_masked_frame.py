# SPDX-License-Identifier: Apache-2.0
"""Frames from client to server are read back by the frame parser of ``websockets``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from vla_ros.policy.remote.transports.masked_frame import MaskedFrame


def parsed(data):
    """Return the frame in ``data`` and the number of bytes after it, by an independent implementation."""
    reader = StreamReader()
    reader.feed_data(bytes(data))
    reader.feed_eof()
    parser = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as end:
        next(parser)
    return end.value.value, len(reader.buffer)


@given(body=st.binary(max_size=300), text=st.booleans())
def test_any_body_is_read_back(body, text):
    frame, left = parsed(MaskedFrame().of(body, text=text))
    assert bytes(frame.data) == body
    assert frame.opcode is (Opcode.TEXT if text else Opcode.BINARY)
    assert frame.fin
    assert left == 0


@pytest.mark.parametrize("size", [0, 1, 7, 8, 125, 126, 127, 65535, 65536, 300_001])
def test_every_form_of_the_length_is_read_back(size):
    body = bytes(i * 7 & 0xFF for i in range(size))
    assert bytes(parsed(MaskedFrame().of(body))[0].data) == body


def test_buffer_is_kept_and_holds_nothing_of_a_longer_message_before():
    frames = MaskedFrame()
    frames.of(b"x" * 1000)
    kept = frames._buffer
    assert bytes(parsed(frames.of(b"short"))[0].data) == b"short"
    assert frames._buffer is kept


def test_key_is_another_one_each_time():
    frames = MaskedFrame()
    assert len({bytes(frames.of(b"")) for _ in range(20)}) > 1
