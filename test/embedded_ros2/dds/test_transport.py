# SPDX-License-Identifier: Apache-2.0
"""Opaque samples between a writer and a reader of one participant."""

import ctypes as ct
import subprocess
import sys

import pytest

from embedded_ros2.dds import DdsError, EndpointQos, Participant
from embedded_ros2.dds import topic as topic_module
from embedded_ros2.dds.service import BODY_START, ServiceClient, ServiceServer, ServiceTypes

TOPIC, TYPE = "rt/bytes", "test_msgs::msg::dds_::Bytes_"
HEADER = b"\x00\x01\x00\x00"
SECOND_NS = 10**9


@pytest.fixture
def participant():
    participant = Participant()
    yield participant
    participant.close()


@pytest.fixture
def reader(participant):
    return participant.create_reader(TOPIC, TYPE, EndpointQos())


@pytest.fixture
def writer(participant, reader):
    return participant.create_writer(TOPIC, TYPE, EndpointQos(user_data=b"typehash=x;"))


def test_sample_wakes_the_wait_set_and_is_taken_once(participant, reader, writer):
    wait_set = participant.create_wait_set()
    wait_set.attach(reader.condition)
    writer.write(bytearray(HEADER + b"body"))
    assert wait_set.wait(20 * SECOND_NS) == [reader.condition]
    data, origin = reader.take(bytes)
    assert data == HEADER + b"body"
    assert origin.source_timestamp_ns > 0
    assert reader.publisher_guid(origin.publication_handle) == writer.guid
    assert reader.take(bytes) is None
    assert wait_set.wait(0) == []


def test_view_given_to_decode_cannot_be_used_later(reader, writer):
    writer.write(bytearray(HEADER + b"body"))
    view, _ = reader.take(lambda view: view)
    with pytest.raises(ValueError, match="released"):
        bytes(view)


def test_decode_error_passes_and_the_sample_is_gone(reader, writer):
    writer.write(bytearray(HEADER + b"body"))
    with pytest.raises(ZeroDivisionError):
        reader.take(lambda view: 1 / 0)
    assert reader.take(bytes) is None


def test_user_data_reaches_the_other_side(reader, writer):
    assert reader.matched_user_data() == [{"typehash": "x"}]


def test_guard_condition_wakes_until_it_is_taken(participant):
    wait_set, guard = participant.create_wait_set(), participant.create_guard_condition()
    wait_set.attach(guard.handle)
    guard.trigger()
    assert wait_set.wait(0) == [guard.handle]
    assert (guard.take(), guard.take()) == (True, False)
    assert wait_set.wait(0) == []


def test_writing_after_close_is_an_error(writer):
    writer.close()
    with pytest.raises(DdsError):
        writer.write(bytearray(HEADER + b"body"))


def test_type_survives_its_first_participant_in_a_shared_domain(participant):
    """The library's type table must not keep a pointer to a freed type."""
    for _ in range(5):
        other = Participant()
        other.create_writer(TOPIC, TYPE, EndpointQos())
        other.close()
    participant.create_writer(TOPIC, TYPE, EndpointQos())


def test_unknown_layout_of_the_type_table_is_refused():
    table = (ct.c_void_p * 14)(*range(1, 15))
    with pytest.raises(topic_module.LayoutError, match=r"cyclonedds 11\.0"):
        topic_module._stripped_copy(ct.addressof(table))


@pytest.mark.parametrize("name", [TOPIC, TOPIC + "_of_the_same_type"])
def test_no_type_information_is_announced(participant, name):
    participant._topic(TOPIC, TYPE)
    topic = participant._topic(name, TYPE)
    library = topic_module._library
    library.dds_get_typeinfo.argtypes = (ct.c_int32, ct.POINTER(ct.c_void_p))
    information = ct.c_void_p()
    assert library.dds_get_typeinfo(topic, ct.byref(information)) < 0 or not information.value


MANY_TOPICS = """
import resource
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
from embedded_ros2.dds.participant import Participant
from embedded_ros2.dds.qos import EndpointQos
first = Participant()
for index in range(100):
    first.create_reader(f"rt/topic_{index}", "t::msg::dds_::Many_", EndpointQos())
    later = Participant()
    later.create_reader(f"rt/topic_{index}", "t::msg::dds_::Many_", EndpointQos())
    later.create_reader("rt/other", "t::msg::dds_::Other_", EndpointQos())
    later.close()
print(index + 1)
"""


def test_hundred_topics_and_participants_take_no_more_memory_than_they_need():
    """In a process of its own: the library's table of types once grew until the machine had no memory left."""
    done = subprocess.run([sys.executable, "-c", MANY_TOPICS], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "100", done.stderr


def test_each_client_gets_its_own_replies_only(participant):
    types = ServiceTypes("t::srv::dds_::S_Request_", "t::srv::dds_::S_Response_", "RIHS01_a", "RIHS01_b")
    server = ServiceServer(participant, "/service", types, EndpointQos())
    clients = [ServiceClient(participant, "/service", types, EndpointQos()) for _ in range(2)]
    assert all(client.is_server_available() for client in clients)
    for client, body in zip(clients, (b"left", b"rite"), strict=True):
        client.send_request(lambda head, body=body: bytearray(head + body), client.new_number())
    for _ in clients:
        body, identity, _ = server.take_request(lambda data, start: bytes(data[start:]))
        server.send_reply(lambda head, body=body: bytearray(head + body[::-1]), identity)
    replies = [client.take_reply(lambda data, start: bytes(data[start:])) for client in clients]
    assert [(body, number) for body, number, _ in replies] == [(b"tfel", 1), (b"etir", 1)]
    assert BODY_START == 20
