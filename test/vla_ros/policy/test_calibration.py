# SPDX-License-Identifier: Apache-2.0
"""The alarm level: measured on runs that succeed, kept in the checkpoint, used only for what it was measured with."""

import json

import pytest

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.calibration import Calibration, calibrated, read_calibration, write_calibration
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.configuration import PolicyConfig
from vla_ros.policy.schedule.scheduler import SchedulerConfig
from vla_ros.policy.session_config import SessionConfig

CALIBRATION = Calibration(1.4, 0.05, 25, "blend", 4)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text('{"type": "toy"}')
    return tmp_path


def test_what_is_written_is_read_and_is_part_of_the_checkpoint(folder):
    before = open_checkpoint(folder)
    assert read_calibration(before) is None
    write_calibration(folder, CALIBRATION)
    after = open_checkpoint(folder)
    assert read_calibration(after) == CALIBRATION
    assert after.hash != before.hash


def test_the_level_is_used_where_it_was_measured_and_not_set_by_hand(folder):
    write_calibration(folder, CALIBRATION)
    checkpoint, plain = open_checkpoint(folder), PolicyConfig(checkpoint=str(folder))
    assert calibrated(plain, checkpoint).session.disagreement_threshold == 1.4
    by_hand = PolicyConfig(checkpoint=str(folder), session=SessionConfig(disagreement_threshold=0.7))
    assert calibrated(by_hand, checkpoint) == by_hand
    for other in (
        PolicyConfig(checkpoint=str(folder), strategy="replace"),
        PolicyConfig(checkpoint=str(folder), scheduler=SchedulerConfig(execute_rows=8)),
    ):
        assert calibrated(other, checkpoint) == other


def test_a_checkpoint_without_a_level_has_no_alarm(folder):
    config = PolicyConfig(checkpoint=str(folder))
    assert calibrated(config, open_checkpoint(folder)).session.disagreement_threshold == 0.0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is no JSON"),
        ("[]", "must be a mapping"),
        ('{"disagreement_threshold": 1}', "lacks the key 'false_alarms'"),
        ({"rusn": 3}, "Did you mean 'runs'"),
        ({"disagreement_threshold": 0}, "needs a threshold > 0"),
        ({"disagreement_threshold": "much"}, "wrong type"),
    ],
)
def test_a_damaged_calibration_is_one_sentence(folder, content, sentence):
    if isinstance(content, dict):
        write_calibration(folder, CALIBRATION)
        whole = json.loads((folder / "calibration.json").read_text())
        content = json.dumps({**whole, **content})
    (folder / "calibration.json").write_text(content)
    with pytest.raises(PolicyError) as caught:
        read_calibration(open_checkpoint(folder))
    assert sentence in str(caught.value)


def test_the_level_of_runs_that_succeed_raises_in_few_of_them_and_in_those_that_go_astray():
    pytest.importorskip("torch")
    from vla_ros.training.calibrate import Run, alarmed, calibration_of

    good = [Run(success=True, disagreements=(-1.0, 0.2, 0.3 + 0.01 * index)) for index in range(40)]
    astray = [Run(success=False, disagreements=(0.2, 0.9, 1.1, 0.3)), Run(success=False, disagreements=(0.2, 0.9, 0.1))]
    found = calibration_of(good + astray, 0.05, "rtc", 4)
    assert found == Calibration(0.68, 0.05, 40, "rtc", 4), "the 39th of 40 largest values, conformal"
    assert alarmed(good, found.disagreement_threshold) == 0, "two values in a row are needed"
    assert alarmed(astray, found.disagreement_threshold) == 1
    with pytest.raises(ConfigError, match="too few"):
        calibration_of(good[:10], 0.05, "rtc", 4)
