# SPDX-License-Identifier: Apache-2.0
"""Fifty broken bags: each is read as far as it goes, or refused with one sentence; never a traceback, never a hang."""

import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import yaml

from vla_ros.replay.evaluate_bag import main

DATA = Path(__file__).resolve().parents[1] / "data" / "bags"
CONTRACT = """
name: recorded
timing: {rate_hz: 10.0, pace: image.scene, max_wait_s: 0.05}
frames: {base: base, tool: tool}
joints:
  names: [fr3_joint1, fr3_joint2, fr3_joint3, fr3_joint4, fr3_joint5, fr3_joint6, fr3_joint7]
  lower_rad: [-3, -3, -3, -3, -3, -3, -3]
  upper_rad: [3, 3, 3, 3, 3, 3, 3]
  velocity_rad_s: [2, 2, 2, 2, 2, 2, 2]
streams:
  image.scene: {topic: scene/image_raw, type: sensor_msgs/msg/Image, alignment: nearest, max_age_s: 0.2,
                max_skew_s: 0.02, image: {width: 32, height: 32}}
  joints: {topic: joint_states, type: sensor_msgs/msg/JointState, alignment: asof, max_age_s: 0.1, max_skew_s: 0.02,
           joints: {}}
action: {space: joint_position, rate_hz: 10.0}
controller: {type: jtc, command_topic: arm/joint_trajectory}
"""
MCAP, ZSTD, SQLITE = "bag_mcap", "bag_mcap_zstd", "bag_sqlite3"
READ, REFUSED, EITHER = "read", "refused", "either"


def file_of(bag):
    return next(path for path in bag.iterdir() if path.suffix in (".mcap", ".db3"))


def cut(share):
    def change(bag):
        data = file_of(bag).read_bytes()
        file_of(bag).write_bytes(data[: int(share * len(data))])

    return change


def cut_end(count):
    def change(bag):
        file_of(bag).write_bytes(file_of(bag).read_bytes()[:-count])

    return change


def noise(seed, first, last, count):
    """Overwrite ``count`` bytes between two shares of the file."""

    def change(bag):
        data = bytearray(file_of(bag).read_bytes())
        rng = np.random.default_rng(seed)
        places = rng.integers(int(first * len(data)), max(int(last * len(data)), 1), count)
        for place in places:
            data[place] = rng.integers(256)
        file_of(bag).write_bytes(bytes(data))

    return change


def zeros(first, last):
    def change(bag):
        data = bytearray(file_of(bag).read_bytes())
        begin, end = int(first * len(data)), int(last * len(data))
        data[begin:end] = bytes(end - begin)
        file_of(bag).write_bytes(bytes(data))

    return change


def content(text):
    return lambda bag: file_of(bag).write_bytes(text)


def metadata(change):
    def apply(bag):
        path = bag / "metadata.yaml"
        data = yaml.safe_load(path.read_text())
        change(data["rosbag2_bagfile_information"])
        path.write_text(yaml.safe_dump(data))

    return apply


def metadata_text(text):
    return lambda bag: (bag / "metadata.yaml").write_text(text)


def without_metadata(bag):
    (bag / "metadata.yaml").unlink()


def without_file(bag):
    file_of(bag).unlink()


def emptied(bag):
    shutil.rmtree(bag)
    bag.mkdir()


def gone(bag):
    shutil.rmtree(bag)


def renamed_topic(info):
    for entry in info["topics_with_message_count"]:
        entry["topic_metadata"]["name"] += "_other"


def retyped(topic, type_name):
    def change(info):
        for entry in info["topics_with_message_count"]:
            if entry["topic_metadata"]["name"] == topic:
                entry["topic_metadata"]["type"] = type_name

    return change


def assigned(**values):
    return lambda info: info.update(values)


def removed(key):
    return lambda info: info.pop(key)


def sql(*statements):
    def change(bag):
        connection = sqlite3.connect(file_of(bag))
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return change


def both(*changes):
    def apply(bag):
        for change in changes:
            change(bag)

    return apply


SCENE = "/scene/image_raw"
OF_SCENE = f"(SELECT id FROM topics WHERE name = '{SCENE}')"
BROKEN = {
    "mcap cut at 1 %": (MCAP, cut(0.01), REFUSED),
    "mcap cut at 10 %": (MCAP, cut(0.1), EITHER),
    "mcap cut in the middle": (MCAP, cut(0.5), READ),
    "mcap cut at 90 %": (MCAP, cut(0.9), READ),
    "mcap without its last byte": (MCAP, cut_end(1), READ),
    "mcap without its footer": (MCAP, cut_end(37), READ),
    "mcap without its summary": (MCAP, cut_end(3000), READ),
    "mcap of nothing": (MCAP, content(b""), REFUSED),
    "mcap of its magic": (MCAP, content(b"\x89MCAP0\r\n"), REFUSED),
    "mcap of its magic twice": (MCAP, content(b"\x89MCAP0\r\n" * 2), REFUSED),
    "mcap of text": (MCAP, content(b"this is no bag at all\n" * 100), REFUSED),
    "mcap of zeros": (MCAP, content(bytes(10_000)), REFUSED),
    "mcap with a wrong magic": (MCAP, zeros(0.0, 0.00001), REFUSED),
    "mcap with a hole": (MCAP, zeros(0.4, 0.45), EITHER),
    "mcap with a broken header": (MCAP, noise(0, 0.00001, 0.0001, 20), EITHER),
    "mcap with noise at its begin": (MCAP, noise(1, 0.001, 0.01, 200), EITHER),
    "mcap with noise in its pictures": (MCAP, noise(2, 0.3, 0.6, 50), EITHER),
    "mcap with noise at its end": (MCAP, noise(3, 0.99, 1.0, 100), EITHER),
    "mcap with much noise": (MCAP, noise(4, 0.0001, 1.0, 100_000), REFUSED),
    "mcap without metadata": (MCAP, without_metadata, READ),
    "mcap without its file": (MCAP, without_file, REFUSED),
    "mcap cut and without metadata": (MCAP, both(cut(0.6), without_metadata), READ),
    "empty folder": (MCAP, emptied, REFUSED),
    "no folder": (MCAP, gone, REFUSED),
    "metadata of nothing": (MCAP, metadata_text(""), REFUSED),
    "metadata that is no YAML": (MCAP, metadata_text("a: [b\n c: }"), REFUSED),
    "metadata of a list": (MCAP, metadata_text("- a\n- b\n"), REFUSED),
    "metadata of something else": (MCAP, metadata_text("image: map.pgm\nresolution: 0.05\n"), REFUSED),
    "metadata of the future": (MCAP, metadata(assigned(version=99)), REFUSED),
    "metadata with unknown storage": (MCAP, metadata(assigned(storage_identifier="rocksdb")), REFUSED),
    "metadata with the other storage": (MCAP, metadata(assigned(storage_identifier="sqlite3")), REFUSED),
    "metadata with a file that is not there": (MCAP, metadata(assigned(relative_file_paths=["x.mcap"])), REFUSED),
    "metadata without topics": (MCAP, metadata(removed("topics_with_message_count")), REFUSED),
    "metadata without files": (MCAP, metadata(removed("relative_file_paths")), REFUSED),
    "metadata with text for a duration": (MCAP, metadata(assigned(duration="long")), REFUSED),
    "metadata with other topics": (MCAP, metadata(renamed_topic), REFUSED),
    "camera of a foreign type": (MCAP, metadata(retyped(SCENE, "acme_msgs/msg/Picture")), REFUSED),
    "camera of a wrong type": (MCAP, metadata(retyped(SCENE, "sensor_msgs/msg/CompressedImage")), REFUSED),
    "unknown compression": (ZSTD, metadata(assigned(compression_format="rar")), REFUSED),
    "compression that is not told": (ZSTD, metadata(assigned(compression_format="", compression_mode="")), REFUSED),
    "compression that is not there": (
        MCAP,
        metadata(assigned(compression_format="zstd", compression_mode="MESSAGE")),
        REFUSED,
    ),
    "zstd with noise": (ZSTD, noise(5, 0.2, 0.8, 500), EITHER),
    "zstd cut in the middle": (ZSTD, cut(0.5), EITHER),
    "sqlite3 cut in the middle": (SQLITE, cut(0.5), EITHER),
    "sqlite3 of text": (SQLITE, content(b"SQLite format 3?" * 100), REFUSED),
    "sqlite3 with noise": (SQLITE, noise(6, 0.0, 0.02, 500), EITHER),
    "sqlite3 without messages": (SQLITE, sql("DELETE FROM messages"), EITHER),
    "sqlite3 without its table": (SQLITE, sql("DROP TABLE messages"), REFUSED),
    "sqlite3 with empty messages": (
        SQLITE,
        sql(f"UPDATE messages SET data = x'' WHERE topic_id = {OF_SCENE}"),
        REFUSED,
    ),
    "sqlite3 with short messages": (
        SQLITE,
        sql(f"UPDATE messages SET data = substr(data, 1, 40) WHERE topic_id = {OF_SCENE}"),
        REFUSED,
    ),
    "sqlite3 with all stamps equal": (SQLITE, sql("UPDATE messages SET timestamp = 1700000000000000000"), EITHER),
    "sqlite3 with stamps backwards": (
        SQLITE,
        sql("UPDATE messages SET timestamp = 3400000000000000000 - timestamp"),
        EITHER,
    ),
    "sqlite3 without its camera": (SQLITE, sql(f"DELETE FROM messages WHERE topic_id = {OF_SCENE}"), EITHER),
}


def test_there_are_fifty():
    assert len(BROKEN) >= 50


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bag_is_read_or_refused_with_one_sentence(name, tmp_path, capsys):
    source, change, expected = BROKEN[name]
    bag = tmp_path / "bag"
    shutil.copytree(DATA / source, bag)
    change(bag)
    contract, target = tmp_path / "contract.yaml", tmp_path / "report.json"
    contract.write_text(CONTRACT)
    code = main([str(bag), "--contract", str(contract), "--policy", "demonstration", "--json", str(target)])
    told = capsys.readouterr().err.splitlines()
    if code == 0:
        assert expected in (READ, EITHER)
        assert json.loads(target.read_text())["episodes"][0]["streams"]["observations"] > 0
        return
    assert expected in (REFUSED, EITHER), told
    errors = [line for line in told if not line.startswith("[")]
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
    assert len(errors[0]) < 700
    assert "Traceback" not in errors[0]
