# SPDX-License-Identifier: Apache-2.0
"""Bags to LeRobot datasets and back: what is in the files, read with pyarrow and PyAV alone, and what is left out."""

import dataclasses
import json

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.replay_support import synthetic_bag
from benchmarks.replay_support.synthetic_bag import SyntheticBag
from vla_ros.dataset import DatasetReader, ExportConfig, dataset_to_bags, export_bags
from vla_ros.dataset.export_dataset import main as export_main
from vla_ros.dataset.import_dataset import main as import_main
from vla_ros.errors import VlaError
from vla_ros.ingest import bag_observations
from vla_ros.recording import BagReader, MessageTypes
from vla_ros.recording.facts import read_facts
from vla_ros.types import Observation

FPS = 10


@pytest.fixture(scope="module")
def contract():
    return synthetic_bag.contract()


@pytest.fixture(scope="module")
def bags(tmp_path_factory):
    folder, types = tmp_path_factory.mktemp("bags"), MessageTypes()
    plans = {
        "one": SyntheticBag(seconds=3.0, seed=1),
        "two": SyntheticBag(seconds=4.0, seed=2),
        "failed": SyntheticBag(seconds=3.0, seed=3, labels={"outcome": "failure"}),
        "short": SyntheticBag(seconds=0.5, seed=4),
    }
    return {name: synthetic_bag.write_bag(folder / name, plan, types) for name, plan in plans.items()}


@pytest.fixture(scope="module", params=["v3.0", "v2.1"])
def dataset(request, bags, contract, tmp_path_factory):
    target = tmp_path_factory.mktemp("dataset") / "set"
    report = export_bags(
        [bags["one"], bags["two"], bags["short"]], target, contract, ExportConfig(version=request.param)
    )
    return target, report


def luma(picture):
    """Rec. 601, as the codec splits it off."""
    return picture.astype(np.float64) @ [0.299, 0.587, 0.114]


def test_every_number_is_that_of_the_bag(dataset, bags, contract):
    """Frames are compared with live ingestion and with the recorded references, not with the exporter."""
    reader = DatasetReader(dataset[0])
    for index, name in enumerate(("one", "two")):
        columns = reader.episode(index).columns
        made = {o.stamp_ns: o for o in bag_observations(bags[name], contract) if isinstance(o, Observation)}
        stamps = np.array(sorted(made))
        with BagReader(bags[name]) as bag:
            track = read_facts(bag, contract).actions(contract)
        for row, stamp_ns in enumerate(columns["exact.stamp_ns"]):
            nearest = made[int(stamps[np.searchsorted(stamps, stamp_ns + 9_000_000) - 1])]
            assert np.array_equal(columns["exact.state"][row], nearest.state)
            assert np.array_equal(columns["observation.state"][row], nearest.state.astype(np.float32))
        rows, gripper, covered = track.at(columns["exact.stamp_ns"])
        assert covered.all()
        assert np.array_equal(columns["exact.action"], np.column_stack([rows, gripper]))
        assert np.array_equal(columns["action"], columns["exact.action"].astype(np.float32))


def test_times_and_indices_are_those_of_the_format(dataset):
    reader = DatasetReader(dataset[0])
    first = 0
    for index in range(len(reader)):
        columns = reader.episode(index).columns
        count = len(columns["index"])
        assert np.array_equal(columns["timestamp"], (np.arange(count) / FPS).astype(np.float32))
        assert np.array_equal(columns["index"], first + np.arange(count))
        assert set(columns["episode_index"]) == {index}
        assert np.abs(np.diff(columns["exact.stamp_ns"]) - 1e9 / FPS).max() <= 1
        assert columns["next.success"].tolist() == [False] * (count - 1) + [True]
        first += count
    assert reader.info["total_frames"] == first


def test_decoded_pictures_are_those_of_the_bag(dataset, bags, contract):
    reader = DatasetReader(dataset[0])
    for index, name in enumerate(("one", "two")):
        stamps = reader.episode(index).columns["exact.stamp_ns"]
        made = {o.stamp_ns: o for o in bag_observations(bags[name], contract) if isinstance(o, Observation)}
        known = np.array(sorted(made))
        for key, stream in (("observation.images.scene", "image.scene"), ("observation.images.wrist", "image.wrist")):
            pictures = list(reader.pictures(index, key))
            assert len(pictures) == len(stamps)
            for picture, stamp_ns in zip(pictures, stamps, strict=True):
                original = made[int(known[np.searchsorted(known, stamp_ns + 9_000_000) - 1])].images[stream]
                assert (
                    np.abs(luma(picture) - luma(original)).mean() < 4.0
                )  # colour is halved in resolution, luma is not
    assert np.abs(luma(pictures[0]) - luma(pictures[12])).mean() > 8.0


def test_joined_video_has_every_frame_at_its_time(bags, contract, tmp_path):
    export_bags([bags["one"], bags["two"]], tmp_path / "set", contract, ExportConfig())
    path = tmp_path / "set" / "videos" / "observation.images.scene" / "chunk-000" / "file-000.mp4"
    episodes = pq.read_table(tmp_path / "set" / "meta" / "episodes" / "chunk-000" / "file-000.parquet").to_pylist()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [float(frame.pts * stream.time_base) for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert np.abs(np.array(times) - np.arange(len(times)) / FPS).max() < 1e-4  # LeRobot's tolerance
    assert episodes[1]["videos/observation.images.scene/from_timestamp"] == episodes[0]["length"] / FPS
    assert sum(row["length"] for row in episodes) == len(times)


def test_v30_files_say_what_the_format_asks_for(bags, contract, tmp_path):
    root = tmp_path / "set"
    export_bags([bags["one"]], root, contract, ExportConfig())
    info = json.loads((root / "meta" / "info.json").read_text())
    assert info["codebase_version"] == "v3.0"
    assert (info["fps"], info["total_episodes"], info["splits"]) == (FPS, 1, {"train": "0:1"})
    video = info["features"]["observation.images.scene"]
    assert (video["dtype"], video["shape"], video["info"]["video.fps"]) == ("video", [32, 32, 3], FPS)
    table = pq.read_table(root / "data" / "chunk-000" / "file-000.parquet")
    assert set(table.column_names) == {key for key, item in info["features"].items() if item["dtype"] != "video"}
    kinds = {"float32": "float", "float64": "double", "int64": "int64", "bool": "bool"}
    for key in table.column_names:
        feature, field = info["features"][key], table.schema.field(key).type
        element = getattr(field, "value_type", field)
        assert str(element) == kinds[feature["dtype"]]
        assert getattr(field, "list_size", 1) == feature["shape"][0]
    tasks = pq.read_table(root / "meta" / "tasks.parquet")
    assert tasks.to_pylist() == [{"task_index": 0, "task": "put the red cube in the left bin"}]
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]


def test_statistics_are_those_of_the_columns(dataset):
    root, _ = dataset
    statistics = json.loads((root / "meta" / "stats.json").read_text())
    columns = [DatasetReader(root).episode(index).columns for index in range(2)]
    for key in ("observation.state", "action", "timestamp"):
        values = np.concatenate([c[key] for c in columns]).astype(np.float64).reshape(-1, len(statistics[key]["mean"]))
        np.testing.assert_allclose(statistics[key]["mean"], values.mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(statistics[key]["std"], values.std(axis=0), atol=1e-6)
        np.testing.assert_allclose(statistics[key]["q99"], np.quantile(values, 0.99, axis=0), atol=1e-6)
        assert statistics[key]["count"] == [len(values)]
    image = statistics["observation.images.scene"]
    assert np.shape(image["mean"]) == (3, 1, 1)
    assert 0.0 <= np.min(image["min"]) < np.max(image["max"]) <= 1.0


def test_dropped_bag_is_told_with_its_reason(dataset):
    root, report = dataset
    assert (
        report.dropped == {"short": "it has 0 usable frames, needed: 10"} or "usable frames" in report.dropped["short"]
    )
    assert json.loads((root / "meta" / "drop_report.json").read_text())["dropped"] == report.dropped


@pytest.mark.parametrize("codec", ["h264", "av1"])
def test_back_to_a_bag_and_again_keeps_states_and_actions_exactly(codec, bags, contract, tmp_path):
    config = ExportConfig(codec=codec)
    export_bags([bags["one"]], tmp_path / "first", contract, config)
    back = dataset_to_bags(tmp_path / "first", tmp_path / "back", contract)
    export_bags(back, tmp_path / "second", contract, config)
    one, two = (DatasetReader(tmp_path / name).episode(0) for name in ("first", "second"))
    assert one.columns.keys() == two.columns.keys()
    for key in one.columns:
        assert np.array_equal(one.columns[key], two.columns[key]), key
    assert one.tasks == two.tasks


def test_interrupted_export_goes_on_where_it_was(bags, contract, tmp_path, monkeypatch):
    chosen = [bags["one"], bags["two"]]
    export_bags(chosen, tmp_path / "whole", contract, ExportConfig())

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("vla_ros.dataset.export._assemble", interrupted)
        export_bags(chosen, tmp_path / "set", contract, ExportConfig())
    notes = {path: path.stat().st_mtime_ns for path in (tmp_path / "set").rglob("data.parquet")}
    assert len(notes) == 2
    seen = []
    monkeypatch.setattr("vla_ros.dataset.segment._write", lambda *arguments: seen.append(arguments))
    export_bags(chosen, tmp_path / "set", contract, ExportConfig())
    assert not seen
    same = [path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*") if path.is_file()]
    assert all((tmp_path / "whole" / path).read_bytes() == (tmp_path / "set" / path).read_bytes() for path in same)


def test_filters_choose_by_outcome_and_cut_idle_ends(bags, contract, tmp_path):
    report = export_bags(
        [bags["one"], bags["failed"]], tmp_path / "good", contract, ExportConfig(outcomes=("success",))
    )
    assert (report.episodes, list(report.dropped)) == (1, ["failed"])
    assert "'failure'" in report.dropped["failed"]
    moving = export_bags([bags["one"]], tmp_path / "moving", contract, ExportConfig(idle_rad_s=0.02))
    assert moving.frames < report.frames


def test_gaps_are_not_filled_in(contract, tmp_path):
    def gap(topic, at_ns, message):
        hole = 1_000_000_000 < at_ns - synthetic_bag.START_NS < 2_500_000_000
        return None if topic == "/scene/image_raw" and hole else (at_ns, message)

    bag = synthetic_bag.write_bag(tmp_path / "gap", dataclasses.replace(SyntheticBag(seconds=4.0), alter=gap))
    with pytest.raises(VlaError, match="frames had no fresh observation"):
        export_bags([bag], tmp_path / "set", contract, ExportConfig())


def test_dataset_of_another_robot_is_refused(bags, contract, tmp_path):
    export_bags([bags["one"]], tmp_path / "set", contract, ExportConfig())
    other = dataclasses.replace(contract, streams=contract.streams[:3])
    with pytest.raises(VlaError, match=r"observation\.state is"):
        dataset_to_bags(tmp_path / "set", tmp_path / "back", other)


def test_modality_covers_every_column_once(bags, contract, tmp_path):
    export_bags([bags["one"]], tmp_path / "set", contract, ExportConfig(version="v2.1"))
    modality = json.loads((tmp_path / "set" / "meta" / "modality.json").read_text())
    assert modality["state"] == {"joints": {"start": 0, "end": 14}, "gripper": {"start": 14, "end": 15}}
    assert modality["action"] == {"arm": {"start": 0, "end": 7}, "gripper": {"start": 7, "end": 8}}
    assert modality["video"]["wrist"] == {"original_key": "observation.images.wrist"}


def test_command_lines_go_there_and_back(bags, tmp_path, capsys):
    contract_file = tmp_path / "franka.yaml"
    contract_file.write_text(synthetic_bag.contract_text())
    words = ["--contract", str(contract_file)]
    assert export_main([str(bags["one"]), "--output", str(tmp_path / "set"), *words]) == 0
    assert "1 episodes" in capsys.readouterr().out
    assert import_main([str(tmp_path / "set"), "--output", str(tmp_path / "back"), *words]) == 0
    assert export_main([str(bags["one"]), "--output", str(tmp_path / "set"), *words]) == 2
    assert "is a dataset already" in capsys.readouterr().err
    assert import_main([str(tmp_path), "--output", str(tmp_path / "x"), *words]) == 2
    assert "is no LeRobot dataset" in capsys.readouterr().err
