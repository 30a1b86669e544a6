# SPDX-License-Identifier: Apache-2.0
"""What a broken or hostile server sends becomes an error with a name; nothing large is made on the way."""

import tracemalloc

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fuzz_replies import feed
from vla_ros.policy.remote.codecs import groot_msgpack, json_numpy, openpi_msgpack
from vla_ros.policy.remote.codecs.arrays import array_of, npy_bytes, npy_of
from vla_ros.policy.remote.codecs.structure import require_small_msgpack
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.policy.remote.transports.transport import Message


def fault_of(action, *arguments):
    with pytest.raises(RemoteError) as caught:
        action(*arguments)
    return caught.value.fault


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_damaged_answers_never_crash_nor_allocate_much(protocol):
    outcome = feed(protocol, count=300, seed=7)
    assert outcome.crashes == []
    assert outcome.peak_bytes < 8 << 20
    assert sum(outcome.faults.values()) == 300


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
@given(body=st.binary(max_size=200), text=st.booleans())
def test_any_bytes_are_an_answer_or_a_named_fault(protocol, body, text):
    try:
        reply = PROTOCOLS[protocol].make().reply(Message(body, text=text))
    except RemoteError:
        return
    assert reply.arrays


@pytest.mark.parametrize("dtype", ["|O", "<c8", "<U4", "|V8", "<M8[ns]", "", "float32", "<f16", b"|O", None, 7])
def test_element_types_beyond_plain_numbers_are_refused(dtype):
    assert fault_of(array_of, bytes(8), dtype, [1]) is Fault.MALFORMED


@pytest.mark.parametrize(
    "shape", [[3], [1, 3], [-1], [2.0], "8", None, [True], [1] * 9, [1 << 40, 1 << 40], [[8]], [1 << 80]]
)
def test_shape_that_does_not_fit_the_bytes_is_refused_before_anything_is_made(shape):
    tracemalloc.start()
    assert fault_of(array_of, bytes(8), "<f8", shape) is Fault.MALFORMED
    assert tracemalloc.get_traced_memory()[1] < 1 << 16
    tracemalloc.stop()


def test_data_that_are_no_bytes_are_refused():
    assert fault_of(array_of, "text", "|u1", [4]) is Fault.MALFORMED
    assert fault_of(npy_of, "text") is Fault.MALFORMED


def test_array_is_a_view_that_cannot_be_written():
    data = np.arange(3.0).tobytes()
    array = array_of(data, "<f8", [3])
    assert not array.flags.writeable


def test_file_of_an_array_of_objects_is_never_unpickled():
    header = npy_bytes(np.zeros(1)).replace(b"'<f8'", b"'|O8'")
    assert fault_of(npy_of, header) is Fault.MALFORMED


def test_file_in_column_order_or_of_another_version_is_refused():
    data = npy_bytes(np.zeros((2, 2)))
    assert fault_of(npy_of, data.replace(b"False", b"True ")) is Fault.MALFORMED
    assert fault_of(npy_of, data[:6] + b"\x02" + data[7:]) is Fault.MALFORMED
    assert fault_of(npy_of, data[:40]) is Fault.MALFORMED


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
        max_leaves=20,
    )
)
def test_scan_agrees_with_msgpack_about_where_a_message_ends(value):
    data = msgpack.packb(value)
    require_small_msgpack(data)
    assert fault_of(require_small_msgpack, data + b"\xc0") is Fault.MALFORMED
    assert fault_of(require_small_msgpack, data[:-1]) is Fault.MALFORMED


@pytest.mark.parametrize(
    "data",
    [
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\x7f\xff\xff\xff",
        b"\x91" * 100 + b"\xc0",
        b"\xdd\x00\x02\x00\x00" + b"\x80" * (1 << 17),
    ],
    ids=["list that promises", "map that promises", "deep", "many small maps"],
)
def test_message_that_would_unfold_is_refused(data):
    for unpack in (openpi_msgpack.unpack, groot_msgpack.unpack):
        assert fault_of(unpack, data) is Fault.TOO_LARGE


@pytest.mark.parametrize("data", [b"[" * 200_000, b"[" + b"{}," * 60_000 + b"0]"])
def test_document_that_would_unfold_is_refused(data):
    assert fault_of(json_numpy.loads, data) is Fault.TOO_LARGE


@pytest.mark.parametrize("data", [b"[" * 5000 + b"]" * 5000, b'"\xff"', b"{", b"", b"9" * 5000])
def test_document_that_is_none_is_malformed(data):
    assert fault_of(json_numpy.loads, data) is Fault.MALFORMED


def test_extension_types_of_msgpack_are_refused():
    assert fault_of(openpi_msgpack.unpack, msgpack.packb(msgpack.ExtType(5, b"x"))) is Fault.MALFORMED


def test_text_of_a_server_is_shown_on_one_line():
    frame = b"Traceback\n  File x\n\x1b[31mValueError: no\x1b[0m" + b"!" * 500
    with pytest.raises(RemoteError) as caught:
        PROTOCOLS["openpi"].make().reply(Message(frame, text=True))
    text = str(caught.value)
    assert "\x1b" not in text
    assert "\n" not in text
    assert "ValueError: no" in text
    assert len(text) < 300


@pytest.mark.parametrize(
    ("status", "fault"),
    [(401, Fault.REFUSED), (403, Fault.REFUSED), (404, Fault.SERVER_ERROR), (500, Fault.SERVER_ERROR)],
)
def test_http_status_is_a_fault(status, fault):
    assert fault_of(PROTOCOLS["openvla"].make().reply, Message(b"[1.0]", status=status)) is fault


def test_ragged_or_foreign_lists_are_malformed():
    for body in (b"[[1, 2], [3]]", b'[["a"]]', b"[null]", b"true", b"[1" + b"0" * 400 + b"]"):
        assert fault_of(PROTOCOLS["cogact"].make().reply, Message(body)) is Fault.MALFORMED
