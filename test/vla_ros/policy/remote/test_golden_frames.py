# SPDX-License-Identifier: Apache-2.0
"""Bytes on the wire are those of the documented layouts, built here byte by byte without the suite's codecs."""

import base64
import io
import json
import struct

import msgpack
import numpy as np
import pytest

from vla_ros.policy.remote.codecs import groot_msgpack, json_numpy, multipart, openpi_msgpack
from vla_ros.policy.remote.endpoint import Token
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.policy.remote.protocols.protocol import Session
from vla_ros.policy.remote.transports.transport import Message
from vla_ros.serving.fake.answers import actions_frame, error_frame
from vla_ros.serving.fake.behaviour import FakeConfig

PIXELS = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
ROWS = np.array([[0.5, -1.0], [0.25, 2.0]], np.float32)


def by_hand(value):
    """Return the msgpack bytes of a value, by the format's tables; enough of them for these messages."""
    if isinstance(value, dict):
        return bytes([0x80 | len(value)]) + b"".join(by_hand(k) + by_hand(v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return bytes([0x90 | len(value)]) + b"".join(by_hand(item) for item in value)
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if value is None:
        return b"\xc0"
    if isinstance(value, int):
        return bytes([value]) if value < 128 else b"\xcc" + bytes([value])
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return (bytes([0xA0 | len(data)]) if len(data) < 32 else b"\xd9" + bytes([len(data)])) + data
    return b"\xc4" + bytes([len(value)]) + value


def openpi_array(array):
    return {b"__ndarray__": True, b"data": array.tobytes(), b"dtype": array.dtype.str.encode(), b"shape": array.shape}


def npy(array):
    """Return numpy's file format 1.0: magic, version, header length, header padded to 64 bytes, data."""
    head = f"{{'descr': '{array.dtype.str}', 'fortran_order': False, 'shape': {array.shape}, }}"
    padding = -(10 + len(head) + 1) % 64
    header = (head + " " * padding + "\n").encode("latin1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + array.tobytes()


def json_array(array):
    return {
        "__numpy__": base64.b64encode(array.tobytes()).decode(),
        "dtype": array.dtype.str,
        "shape": list(array.shape),
    }


def arrays_as_text(value):
    """Return the value as openpi writes it: the element type of an array is text, its keys are bytes."""
    array = openpi_array(value)
    array[b"dtype"] = array[b"dtype"].decode()
    return array


def test_openpi_request_is_the_packed_observation():
    payload = {"observation/image": PIXELS, "observation/state": ROWS[0], "prompt": "pick up the cube"}
    expected = {
        "observation/image": arrays_as_text(PIXELS),
        "observation/state": arrays_as_text(ROWS[0]),
        "prompt": "pick up the cube",
    }
    assert PROTOCOLS["openpi"].make().request(payload, Session("s")).body == by_hand(expected)


def test_openpi_scalar_has_its_own_marker():
    expected = {b"__npgeneric__": True, b"data": 7, b"dtype": "|u1"}
    assert openpi_msgpack.pack(np.uint8(7)) == by_hand(expected)


@pytest.mark.parametrize("kind", ["text", "bytes"])
def test_openpi_reply_gives_actions_and_timings(kind):
    array = arrays_as_text(ROWS) if kind == "text" else openpi_array(ROWS)
    frame = by_hand({"actions": array, "server_timing": {"infer_ms": 1.5}})
    reply = PROTOCOLS["openpi"].make().reply(Message(frame))
    np.testing.assert_array_equal(reply.arrays["actions"], ROWS)
    assert reply.timings_ms == {"infer_ms": 1.5}


def test_roboarena_and_vllm_requests_name_endpoint_and_session():
    session = Session("s1", seed=5)
    roboarena = PROTOCOLS["roboarena"].make().request({"prompt": "go"}, session).body
    assert roboarena == by_hand({"prompt": "go", "endpoint": "infer", "session_id": "s1"})
    vllm = PROTOCOLS["vllm_omni"].make().request({"prompt": "go"}, session).body
    assert vllm == by_hand({"prompt": "go", "endpoint": "infer", "session_id": "s1", "seed": 5})
    assert PROTOCOLS["vllm_omni"].make().reset(session).body == by_hand({"endpoint": "reset", "session_id": "s1"})


def test_bare_array_of_vllm_is_the_actions():
    reply = PROTOCOLS["vllm_omni"].make().reply(Message(by_hand(arrays_as_text(ROWS))))
    np.testing.assert_array_equal(reply.arrays["actions"], ROWS)


def test_reset_answers_of_both_generations_are_accepted():
    PROTOCOLS["roboarena"].make().reset_done(Message(b"reset successful", text=True))
    PROTOCOLS["vllm_omni"].make().reset_done(Message(by_hand({"status": "reset successful"})))


def test_groot_n1_6_request_nests_observation_and_options():
    array = {"__ndarray_class__": True, "as_npy": npy(ROWS)}
    expected = {
        "endpoint": "get_action",
        "data": {"observation": {"state": {"arm": array}}, "options": None},
        "api_token": "secret",
    }
    body = PROTOCOLS["groot"].make().request({"state": {"arm": ROWS}}, Session(token=Token("secret"))).body
    assert body == by_hand(expected)


def test_groot_n1_5_request_is_the_flat_observation():
    array = {"__ndarray_class__": True, "as_npy": npy(ROWS)}
    body = PROTOCOLS["groot_n1_5"].make().request({"state.arm": ROWS}, Session()).body
    assert body == by_hand({"endpoint": "get_action", "data": {"state.arm": array}})


def test_groot_replies_of_both_generations_are_read():
    array = {"__ndarray_class__": True, "as_npy": npy(ROWS[None])}
    new = PROTOCOLS["groot"].make().reply(Message(by_hand([{"arm": array}, {}])))
    old = PROTOCOLS["groot_n1_5"].make().reply(Message(by_hand({"action.arm": array})))
    np.testing.assert_array_equal(new.arrays["arm"], ROWS[None])
    np.testing.assert_array_equal(old.arrays["arm"], ROWS[None])


@pytest.mark.parametrize(
    "config", [{"as_json": json.dumps({"a": 1})}, {"as_json": {"a": 1}}, {"as_dict": {"a": 1}}], ids=str
)
def test_groot_modality_config_is_read_in_its_three_spellings(config):
    frame = by_hand({"video": {"__ModalityConfig_class__": True, **config}})
    assert PROTOCOLS["groot"].make().description(Message(frame)) == {"video": {"a": 1}}


def test_npy_of_numpy_itself_is_read():
    stream = io.BytesIO()
    np.save(stream, ROWS)
    np.testing.assert_array_equal(
        groot_msgpack.unpack(msgpack.packb({"__ndarray_class__": True, "as_npy": stream.getvalue()})), ROWS
    )


def test_openvla_request_is_json_numpy_and_keeps_the_order_of_images():
    protocol = PROTOCOLS["openvla_oft"].make()
    payload = {"full_image": PIXELS, "left_wrist_image": PIXELS, "right_wrist_image": PIXELS, "instruction": "go"}
    document = json.loads(protocol.request(payload, Session()).body)
    assert list(document) == list(payload)
    assert document["full_image"] == json_array(PIXELS)


def test_openvla_double_encoding_goes_both_ways():
    protocol = PROTOCOLS["openvla"].make(double_encoded=True, normalisation_key="bridge_orig")
    document = json.loads(json.loads(protocol.request({"instruction": "go"}, Session()).body)["encoded"])
    assert document == {"instruction": "go", "unnorm_key": "bridge_orig"}
    answer = json.dumps(json.dumps(json_array(ROWS[0]))).encode()
    np.testing.assert_array_equal(protocol.reply(Message(answer)).arrays["actions"], ROWS[0])


def test_openvla_oft_list_of_rows_becomes_one_array():
    answer = json.dumps([json_array(row) for row in ROWS]).encode()
    np.testing.assert_array_equal(PROTOCOLS["openvla_oft"].make().reply(Message(answer)).arrays["actions"], ROWS)


def test_cogact_request_is_a_form_of_image_and_task():
    message = PROTOCOLS["cogact"].make().request({"image": PIXELS, "task_description": "go"}, Session())
    boundary = message.media_type.partition("boundary=")[2].encode()
    head, image, task, tail = message.body.split(b"--" + boundary)
    assert (head, tail) == (b"", b"--\r\n")
    assert b'name="images"; filename="image_0.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in image
    assert b'name="json"' in task
    assert json.loads(task.partition(b"\r\n\r\n")[2]) == {"task_description": "go"}
    assert set(multipart.parts_of(message.body, message.media_type)) == {"images", "json"}


def test_json_arrays_go_both_ways():
    np.testing.assert_array_equal(json_numpy.loads(json.dumps(json_array(PIXELS)).encode()), PIXELS)


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_fake_answers_are_read_back_bit_for_bit(protocol):
    reply = PROTOCOLS[protocol].make().reply(Message(actions_frame(protocol, ROWS, FakeConfig(rows=2, columns=2))))
    expected = ROWS[0] if protocol == "openvla" else ROWS
    np.testing.assert_array_equal(np.squeeze(reply.arrays["actions"]), expected)


def test_fake_openpi_answer_and_error_are_the_documented_frames():
    timing = {"infer_ms": 1.0}
    expected = by_hand({"actions": arrays_as_text(ROWS), "policy_timing": timing, "server_timing": timing})
    assert actions_frame("openpi", ROWS, FakeConfig()) == expected
    text, is_text = error_frame("openpi")
    assert is_text
    assert text.startswith(b"Traceback")
    assert error_frame("openvla") == (b'"error"', False)
