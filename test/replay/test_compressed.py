# SPDX-License-Identifier: Apache-2.0
"""Bags whose pictures were compressed by the recorder are replayed and exported by the contract of the live robot."""

import json

import numpy as np
import pytest

from benchmarks.replay_support import synthetic_bag
from vla_ros.dataset import DatasetReader, ExportConfig, export_bags
from vla_ros.interfaces import QosKind
from vla_ros.recording import BagReader, MessageTypes, Recorder, RecordingConfig
from vla_ros.recording.queue import RecordingQueue
from vla_ros.recording.topics import RecordedTopic
from vla_ros.replay.evaluate_bag import main


def recorded_again(bag, folder, images):
    """Record every message of a bag anew, as the recorder does live."""
    machine = Recorder(RecordingConfig(folder=str(folder), images=images, min_free_mb=0), MessageTypes())
    worker = RecordingQueue(machine, pytest.fail)
    with BagReader(bag) as reader:
        worker.begin(reader.span_ns[0], {})
        for raw in reader.messages(list(reader.topics)):
            is_image = raw.type_name == "sensor_msgs/msg/Image"
            topic = RecordedTopic(raw.topic, raw.type_name, QosKind.SENSOR, image=is_image)
            worker.offer(raw.topic, topic, raw.receive_ns, bytes(raw.data))
    worker.end("success")
    worker.stop()
    return next(folder.iterdir())


@pytest.mark.parametrize("images", ["png", "jpeg"])
def test_compressed_bag_is_replayed_and_exported_as_the_raw_one(images, make_bag, contract_file, tmp_path):
    raw = make_bag("raw", seconds=2.0)
    bag = recorded_again(raw, tmp_path / "bags", images)
    with BagReader(bag) as reader:
        assert reader.topics["/scene/image_raw/compressed"] == "sensor_msgs/msg/CompressedImage"
        assert "/scene/image_raw" not in reader.topics
    figures = []
    for number, place in enumerate((raw, bag)):
        target = tmp_path / f"{number}.json"
        assert main([str(place), "--contract", contract_file, "--json", str(target)]) == 0
        figures.append(json.loads(target.read_text())["episodes"][0])
    assert figures[0]["streams"]["observations"] == figures[1]["streams"]["observations"] > 50
    assert figures[0]["variants"] == figures[1]["variants"]
    contract = synthetic_bag.contract()
    export_bags([raw], tmp_path / "first", contract, ExportConfig())
    export_bags([bag], tmp_path / "second", contract, ExportConfig())
    one, two = (DatasetReader(tmp_path / name) for name in ("first", "second"))
    assert np.array_equal(one.episode(0).columns["exact.state"], two.episode(0).columns["exact.state"])
    pictures = zip(*(reader.pictures(0, "observation.images.scene") for reader in (one, two)), strict=True)
    worst = max(float(np.abs(a.astype(float) - b).mean()) for a, b in pictures)
    assert worst < (0.5 if images == "png" else 6.0)
