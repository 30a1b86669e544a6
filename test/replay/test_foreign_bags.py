# SPDX-License-Identifier: Apache-2.0
"""Bags of the real rosbag2 without any message of this project: every storage, split, out of order; by a contract."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import StoragePlugin, Writer
from test.replay.test_broken_bags import CONTRACT

from vla_ros.replay.evaluate_bag import main

DATA = Path(__file__).resolve().parents[1] / "data" / "bags"
WHOLE = DATA / "bag_mcap"


def episode(bag, folder):
    """Return what the replay of a bag gives, without the bag's name."""
    contract, target = folder / "contract.yaml", folder / "report.json"
    contract.write_text(CONTRACT)
    assert main([str(bag), "--contract", str(contract), "--policy", "demonstration", "--json", str(target)]) == 0
    return {key: value for key, value in json.loads(target.read_text())["episodes"][0].items() if key != "bag"}


def write(folder, messages, storage):
    """Write messages (connection, time, content) in the order in which they come."""
    with Writer(folder, version=9, storage_plugin=storage) as writer:
        known = {}
        for connection, at_ns, data in messages:
            if connection.topic not in known:
                known[connection.topic] = writer.add_connection(
                    connection.topic, connection.msgtype, msgdef=connection.msgdef.data, rihs01=connection.digest
                )
            writer.write(known[connection.topic], at_ns, data)
    return folder


@pytest.fixture(scope="module")
def messages():
    with AnyReader([WHOLE]) as reader:
        return list(reader.messages())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return episode(WHOLE, tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("name", ["bag_mcap", "bag_mcap_zstd", "bag_sqlite3"])
def test_every_storage_is_read(name, tmp_path):
    found = episode(DATA / name, tmp_path)
    assert found["streams"]["observations"] > 40
    assert found["actions_from"] == "measured"


@pytest.mark.parametrize("storage", [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_bag_in_several_files_is_one_bag(storage, messages, whole, tmp_path):
    half = len(messages) // 2
    bag = write(tmp_path / "bag", messages[:half], storage)
    rest = write(tmp_path / "rest", messages[half:], storage)
    suffix = "mcap" if storage is StoragePlugin.MCAP else "db3"
    first, second = next(bag.glob(f"*.{suffix}")), bag / f"second.{suffix}"
    next(rest.glob(f"*.{suffix}")).rename(second)
    _join(bag / "metadata.yaml", rest / "metadata.yaml", [first.name, second.name])
    assert episode(bag, tmp_path) == whole


def _join(path, other, names):
    """Make the metadata of two bags those of one with two files."""
    one, two = (yaml.safe_load(p.read_text())["rosbag2_bagfile_information"] for p in (path, other))
    begin = min(part["starting_time"]["nanoseconds_since_epoch"] for part in (one, two))
    parts = [(part["starting_time"]["nanoseconds_since_epoch"], part["duration"]["nanoseconds"]) for part in (one, two)]
    one["relative_file_paths"] = names
    one["message_count"] += two["message_count"]
    one["starting_time"]["nanoseconds_since_epoch"] = begin
    one["duration"]["nanoseconds"] = max(start + duration for start, duration in parts) - begin
    counts = {e["topic_metadata"]["name"]: e["message_count"] for e in two["topics_with_message_count"]}
    for entry in one["topics_with_message_count"]:
        entry["message_count"] += counts.pop(entry["topic_metadata"]["name"], 0)
    assert not counts
    path.write_text(yaml.safe_dump({"rosbag2_bagfile_information": one}))


@pytest.mark.parametrize("storage", [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_messages_out_of_order_are_put_in_order(storage, messages, whole, tmp_path):
    shuffled = np.random.default_rng(0).permutation(len(messages))
    bag = write(tmp_path / "bag", [messages[index] for index in shuffled], storage)
    assert episode(bag, tmp_path) == whole


def test_missing_topic_is_named_with_those_that_are_there(messages, tmp_path, capsys):
    bag = write(tmp_path / "bag", [m for m in messages if m[0].topic != "/joint_states"], StoragePlugin.MCAP)
    contract = tmp_path / "contract.yaml"
    contract.write_text(CONTRACT)
    assert main([str(bag), "--contract", str(contract), "--policy", "demonstration"]) == 2
    told = capsys.readouterr().err
    assert "no topic '/joint_states' for stream 'joints'" in told
    assert "/scene/image_raw" in told
