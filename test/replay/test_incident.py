# SPDX-License-Identifier: Apache-2.0
"""Safety decisions out of a bag are made again bit for bit by one command; a record that was changed is found out."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.replay_support import synthetic_bag
from vla_ros.recording import EpisodeWriter, MessageTypes
from vla_ros.recording.messages import chunk_of
from vla_ros.replay.evaluate_bag import main
from vla_ros.replay.incident import GRADES, input_hash
from vla_ros.replay.safety_loop import reference_of
from vla_safety import RobotState, SafetyConfig, SafetyFilter
from vla_safety.decision_record import command_bytes, config_hash, save_filter

ROOT = Path(__file__).resolve().parents[2]
URDF = ROOT / "src" / "vla_sim" / "description" / "panda_description" / "urdf" / "panda.urdf"
SAFETY = ROOT / "config" / "safety" / "fr3.yaml"
START_NS = synthetic_bag.START_NS
DECISION, CHUNK, STRING = "vla_msgs/msg/SafetyDecision", "vla_msgs/msg/ActionChunk", "std_msgs/msg/String"
STEPS = 60


@pytest.fixture(scope="module")
def types():
    known = MessageTypes()
    for name in (DECISION, CHUNK):
        known.require(name)
    return known


@pytest.fixture(scope="module")
def decisions(types):
    """Run the filter over a chunk, without any node, and return the record of every step."""
    config, urdf = SafetyConfig.from_yaml(SAFETY), URDF.read_text()
    safety = SafetyFilter.from_config(config, urdf)
    at_rest = RobotState(START_NS, synthetic_bag.HOME_RAD.copy(), np.zeros(7))
    safety.reset(START_NS, at_rest)
    chunk = synthetic_bag._chunk(synthetic_bag.SyntheticBag(), types.store.types, 40_000_000, 1)
    sent = bytes(types.store.serialize_cdr(chunk, CHUNK))
    reference = reference_of(chunk_of(types.store.deserialize_cdr(sent, CHUNK)))
    made = []
    for number in range(STEPS):
        now_ns = START_NS + number * config.period_ns
        followed = reference if number > 5 else None
        command = safety.held.command(now_ns)
        state = RobotState(now_ns, command[0].copy(), command[1].copy())
        before = save_filter(safety)
        output = safety.step(now_ns, state, followed)
        record = types.store.types[DECISION](
            header=synthetic_bag._header(types.store.types, now_ns - START_NS),
            sequence=number + 1,
            config_hash=config_hash(config, urdf),
            input_hash="",
            state_before=np.frombuffer(before, np.uint8),
            position=state.q,
            velocity=state.v,
            state_stamp_ns=now_ns,
            reference=np.frombuffer(sent if followed else b"", np.uint8),
            grade=GRADES.index(output.report.grade.value),
            active_limit="",
            reason=output.report.reason,
            command=np.frombuffer(command_bytes(output.trajectory), np.uint8),
            step_us=0.0,
        )
        record.input_hash = input_hash(record)
        made.append(record)
    return made


def bag_of(folder, types, records, description):
    writer = EpisodeWriter(folder, types, {})
    text = types.store.serialize_cdr(types.store.types[STRING](description), STRING)
    writer.write("/robot_description", STRING, START_NS, text)
    for number, record in enumerate(records):
        data = types.store.serialize_cdr(record, DECISION)
        writer.write("/vla/safety/decision", DECISION, START_NS + number * 4_000_000, data)
    writer.close()
    return folder


def replayed(bag, contract_file, target, *words):
    asked = [str(bag), "--contract", contract_file, "--mode", "incident", "--safety", str(SAFETY), *words]
    return main([*asked, "--json", str(target)]), json.loads(target.read_text()) if target.exists() else {}


def test_every_decision_comes_out_the_same(decisions, types, contract_file, tmp_path):
    bag = bag_of(tmp_path / "bag", types, decisions, URDF.read_text())
    code, report = replayed(bag, contract_file, tmp_path / "report.json")
    assert (code, report["decisions"], report["equal"]) == (0, STEPS, STEPS)
    assert len({step["recorded"]["grade"] for step in report["steps"]}) >= 2
    code, one = replayed(bag, contract_file, tmp_path / "one.json", "--step", "40")
    assert (code, one["steps"]) == (0, [report["steps"][39]])


def test_changed_command_and_changed_measurement_are_found_out(decisions, types, contract_file, tmp_path):
    records = [types.store.deserialize_cdr(types.store.serialize_cdr(d, DECISION), DECISION) for d in decisions]
    records[20].command = np.concatenate([records[20].command[:-1], records[20].command[-1:] ^ 1])
    records[30].position = records[30].position + 1e-3
    code, report = replayed(
        bag_of(tmp_path / "bag", types, records, URDF.read_text()), contract_file, tmp_path / "report.json"
    )
    assert code == 1
    assert [step["sequence"] for step in report["steps"] if not step["inputs_intact"]] == [31]
    assert 21 in [step["sequence"] for step in report["steps"] if not step["equal"]]


def test_another_robot_is_refused(decisions, types, contract_file, tmp_path, capsys):
    other = URDF.read_text().replace("<mass", "<!-- --><mass", 1)
    assert hashlib.sha256(other.encode()).digest() != hashlib.sha256(URDF.read_bytes()).digest()
    bag = bag_of(tmp_path / "bag", types, decisions, other)
    assert replayed(bag, contract_file, tmp_path / "report.json")[0] == 2
    assert "is not what the robot ran with" in capsys.readouterr().err
    assert replayed(bag, contract_file, tmp_path / "report.json", "--urdf", str(URDF))[0] == 0


def test_bag_without_decisions_says_how_to_get_them(bag, contract_file, tmp_path, capsys):
    assert replayed(bag, contract_file, tmp_path / "report.json", "--urdf", str(URDF))[0] == 2
    assert "parameter 'decisions'" in capsys.readouterr().err
