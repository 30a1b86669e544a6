# SPDX-License-Identifier: Apache-2.0
"""``policy_check`` and ``serve_fake`` as people use them: what they print, and their exit codes."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vla_ros.nodes import policy_check_node, serve_fake_node
from vla_ros.serving.fake import Behaviour, FakeConfig, fake_server

ROOT = Path(__file__).parents[3]
RIGHT = {"rows": 15, "columns": 8}


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


def check(*words):
    return policy_check_node.main(["policy_check", *words])


def table(text, title):
    """Return the rows below a title, each split at runs of spaces."""
    block = text.partition(f"\n{title}")[2].partition("\n")[2].partition("\n\n")[0]
    return [re.split(r"\s{2,}", line.strip()) for line in block.splitlines()]


def test_what_is_sent_and_what_comes_back_are_shown_with_shape_range_and_unit(capsys):
    with fake_server("openpi", FakeConfig(value=0.25, **RIGHT)) as server:
        assert check("openpi_droid", "--url", server.url, "--instruction", "open the drawer") == 0
        assert server.policy.requests == 1
    shown = capsys.readouterr().out
    sent = {row[0]: row[1:] for row in table(shown, "sent")}
    assert sent["observation/wrist_image_left"] == ["uint8 (224, 224, 3)", "0 .. 255", "RGB hwc"]
    assert sent["observation/joint_position"][0] == "float32 (7)"
    assert sent["observation/joint_position"][2] == "rad"
    assert sent["prompt"] == ["str", "open the drawer"]
    received = {row[0]: row[1:] for row in table(shown, "received")}
    assert received["actions"] == ["float32 (15, 8)", "0.25 .. 0.25"]
    commanded = table(shown, "commanded (joint_velocity")
    assert commanded[0] == ["fr3_joint1", "float64 (15)", "0.75 .. 0.75", "rad/s"], "0.25 of 3 rad/s"
    assert commanded[-1][0] == "gripper opening"
    assert re.search(r"15 rows, 66\.7 ms apart; round trip [\d.]+ ms", shown)


def test_row_far_from_where_the_robot_is_gets_a_mark(capsys):
    with fake_server("openpi", FakeConfig(value=2.0, rows=16, columns=8)) as server:
        assert check("own_server", "--url", server.url) == 0
    marked = [row for row in table(capsys.readouterr().out, "commanded") if row[-1].startswith("! the first row is")]
    assert marked


def test_request_alone_needs_no_server(capsys):
    assert check("openvla_bridge", "--no-send") == 0
    assert "received" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("behaviour", "name"),
    [
        (Behaviour.ERROR, "server error"),
        (Behaviour.WRONG_SHAPE, "wrong shape"),
        (Behaviour.NON_FINITE, "not finite"),
        (Behaviour.DROPPING, "closed"),
        (Behaviour.HANGING, "timeout"),
    ],
)
def test_answer_that_cannot_be_used_is_named_and_ends_with_1(capsys, behaviour, name):
    with fake_server("openpi", FakeConfig(behaviour, **RIGHT)) as server:
        timeout_s = "0.3" if behaviour is Behaviour.HANGING else "30"
        assert check("openpi_droid", "--url", server.url, "--timeout", timeout_s) == 1
    assert capsys.readouterr().err.startswith(f"error: {name}")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["opnpi_droid"], "Did you mean 'openpi_droid'"),
        (["scripted"], "backend: remote"),
        (["openpi_droid", "--url", "ws://10.0.0.1:80"], "not encrypted"),
        (["openpi_droid", "--contract", "no.yaml"], "no.yaml"),
    ],
)
def test_wrong_configuration_is_a_sentence_and_ends_with_2(capsys, words, sentence):
    assert check(*words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_token_that_is_not_set_is_asked_for_by_its_variable(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("THE_TOKEN", raising=False)
    preset = (ROOT / "config" / "policies" / "openpi_droid.yaml").read_text(encoding="utf-8")
    policy = tmp_path / "mine.yaml"
    policy.write_text(preset.replace("  protocol: openpi\n", "  protocol: openpi\n  token_variable: THE_TOKEN\n"))
    assert check(str(policy)) == 2
    assert "THE_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["opnpi"], "Did you mean 'openpi'"),
        (["openpi", "lat"], "Did you mean 'late'"),
        (["openpi", "replay"], "needs a file"),
        (["openpi", "replay", "--file", "no.npy"], "no.npy"),
        (["openpi", "--rows", "0"], "rows >= 1"),
    ],
)
def test_fake_server_that_cannot_be_served_is_a_sentence_and_ends_with_2(capsys, words, sentence):
    assert serve_fake_node.main(["serve_fake", *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_fake_server_serves_a_recording_until_it_is_interrupted(number, tmp_path, capsys):
    chunks = tmp_path / "chunks.npy"
    np.save(chunks, np.full((2, 15, 8), 0.5, np.float32))
    command = [sys.executable, "-m", "vla_ros.nodes.serve_fake_node", "openpi", "replay", "--file", str(chunks)]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    behaviour, _, url = server.stdout.readline().strip().partition(" at ")
    assert behaviour == "replay"
    assert check("openpi_droid", "--url", url) == 0
    assert "0.5 .. 0.5" in capsys.readouterr().out
    server.send_signal(number)
    assert server.wait(60) == 0
    server.stdout.close()
