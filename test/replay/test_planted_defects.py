# SPDX-License-Identifier: Apache-2.0
"""Each defect that is planted in a bag is named in the report of its replay, and a good bag has none."""

import json
from html import escape

import numpy as np
import pytest

from vla_ros.replay.evaluate_bag import main

S = 1_000_000_000


def swap_joints(topic, at_ns, message):
    """A driver that reports joint 2 as joint 4 and the other way round."""
    if topic == "/joint_states":
        message.position[[1, 3]] = message.position[[3, 1]]
    return at_ns, message


def swap_predictions(topic, at_ns, message):
    if topic == "/vla/action_chunk":
        rows = message.data.reshape(-1, 7)
        rows[:, [1, 3]] = rows[:, [3, 1]]
    return at_ns, message


def late_stamps(topic, at_ns, message):
    """A camera whose clock is 100 ms behind."""
    return at_ns, shifted(message, -S // 10) if topic.startswith("/scene") else message


def late_pictures(topic, at_ns, message):
    """Cameras whose pictures come and are stamped 100 ms too late."""
    return (at_ns + S // 10, shifted(message, S // 10)) if topic.endswith("image_raw") else (at_ns, message)


def shifted(message, by_ns):
    stamp = message.header.stamp
    total = stamp.sec * S + stamp.nanosec + by_ns
    message.header.stamp = type(stamp)(sec=total // S, nanosec=total % S)
    return message


def frozen_wrist():
    kept = []

    def alter(topic, at_ns, message):
        if topic == "/wrist/image_raw":
            kept.append(message.data)
            message.data = kept[min(len(kept) - 1, 60)]
        return at_ns, message

    return alter


def wrong_scale(topic, at_ns, message):
    """Predictions that were turned into radians with the statistics of another data set."""
    if topic == "/vla/action_chunk":
        message.data = message.data * 1.6 + 0.1
    return at_ns, message


def flipped_gripper(topic, at_ns, message):
    if topic == "/vla/action_chunk":
        message.gripper = np.asarray(0.1 - message.gripper)
    return at_ns, message


def flipped_reference(topic, at_ns, message):
    if topic == "/vla/reference":
        message.gripper = np.asarray(0.1 - message.gripper)
    return at_ns, message


PLANTED = {
    "joint order of the driver": (swap_joints, "joint order", "measured joints"),
    "joint order of the policy": (swap_predictions, "joint order", "predictions of recorded"),
    "stamps of a camera": (late_stamps, "clock offset", "image.scene"),
    "pictures that come late": (late_pictures, "clock offset", "image.scene"),
    "frozen camera": (frozen_wrist(), "frozen camera", "image.wrist"),
    "normalisation": (wrong_scale, "wrong normalisation", "recorded"),
    "gripper of the policy": (flipped_gripper, "gripper sign", "the gripper of recorded"),
    "gripper of the robot": (flipped_reference, "gripper sign", "the commanded gripper"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_defect_is_named(name, make_bag, contract_file, tmp_path, capsys):
    alter, kind, subject = PLANTED[name]
    bag = make_bag(name.replace(" ", "_"), alter=alter)
    target, page = tmp_path / "report.json", tmp_path / "report.html"
    assert main([str(bag), "--contract", contract_file, "--json", str(target), "--html", str(page)]) == 0
    findings = json.loads(target.read_text())["findings"]
    assert (kind, subject) in {(finding["kind"], finding["subject"]) for finding in findings}
    assert {finding["kind"] for finding in findings} == {kind}
    sentence = next(finding["sentence"] for finding in findings if finding["subject"] == subject)
    assert sentence in capsys.readouterr().err
    assert f"<b>{kind}</b>" in page.read_text() and escape(sentence) in page.read_text()


def test_offset_is_measured(make_bag, contract_file, tmp_path):
    bag = make_bag("late", alter=late_pictures)
    target = tmp_path / "report.json"
    assert main([str(bag), "--contract", contract_file, "--json", str(target)]) == 0
    sentences = [finding["sentence"] for finding in json.loads(target.read_text())["findings"]]
    offsets = [int(word) for sentence in sentences for word in sentence.split() if word.isdigit()]
    assert offsets
    assert all(80 <= offset <= 120 for offset in offsets)


@pytest.mark.parametrize("seed", range(2))
def test_good_bag_has_no_finding(seed, make_bag, contract_file, tmp_path):
    target = tmp_path / "report.json"
    bag = make_bag(f"good_{seed}", seed=seed)
    assert main([str(bag), "--contract", contract_file, "--json", str(target)]) == 0
    assert json.loads(target.read_text())["findings"] == []
