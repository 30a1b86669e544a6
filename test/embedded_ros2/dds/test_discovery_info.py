# SPDX-License-Identifier: Apache-2.0
"""The message that tells which nodes there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_ros2.dds.discovery_info import TYPE_HASH, NodeEndpoints, decode, encode
from embedded_ros2.interfaces import rihs01

GUIDS = st.frozensets(st.binary(min_size=16, max_size=16), max_size=4)
WORDS = st.text(alphabet="abc_/0ä", max_size=12)
NODES = st.lists(st.builds(NodeEndpoints, WORDS, WORDS, GUIDS, GUIDS), max_size=4)


@given(st.binary(min_size=16, max_size=16), NODES)
def test_decode_undoes_encode(participant, nodes):
    data = encode(participant, nodes)
    assert len(data) % 4 == 0
    assert decode(memoryview(data)) == (participant, nodes)


def test_bytes_are_those_of_the_real_middleware():
    data = encode(bytes(range(16)), [NodeEndpoints("/", "talker", frozenset(), frozenset({b"\xaa" * 16}))])
    expected = (
        "00010000 000102030405060708090a0b0c0d0e0f 01000000"
        " 02000000 2f00 0000 07000000 74616c6b657200 00 00000000 01000000" + "aa" * 16
    )
    assert bytes(data) == bytes.fromhex(expected)


@given(st.binary(max_size=80))
def test_garbage_is_a_value_error(garbage):
    try:
        decode(memoryview(b"\x00\x01\x00\x00" + garbage))
    except ValueError:
        return
    assert len(garbage) >= 20


def test_huge_counts_are_refused_before_anything_is_allocated():
    data = b"\x00\x01\x00\x00" + bytes(16) + b"\xff\xff\xff\xff"
    with pytest.raises(ValueError, match="beyond"):
        decode(memoryview(data))


def test_type_hash_is_that_of_the_interface():
    assert rihs01("rmw_dds_common/msg/ParticipantEntitiesInfo") == TYPE_HASH
