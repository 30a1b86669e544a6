# SPDX-License-Identifier: Apache-2.0
"""A program that needs LeRobot goes on in LeRobot's environment, with nothing of this one in its way."""

import importlib.util
import os

import pytest

from vla_ros.serving.own_environment import VARIABLE, enter_lerobot_environment


@pytest.fixture
def replaced(monkeypatch):
    """Return the arguments of the calls that would have replaced this process."""
    calls = []
    monkeypatch.setattr(os, "execve", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv(VARIABLE, "/elsewhere/bin/python")
    return calls


def test_program_goes_on_there_with_its_arguments(replaced, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/here")
    monkeypatch.setenv("HOME", "/home/somebody")
    enter_lerobot_environment("a.module", ["folder", "--port", "1"])
    ((python, words, environment),) = replaced
    assert python == "/elsewhere/bin/python"
    assert words == ["/elsewhere/bin/python", "-m", "a.module", "folder", "--port", "1"]
    assert "PYTHONPATH" not in environment
    assert environment["HOME"] == "/home/somebody"


def test_program_stays_where_lerobot_is(replaced, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    enter_lerobot_environment("a.module", [])
    assert replaced == []


def test_program_stays_where_no_environment_is_named(replaced, monkeypatch):
    monkeypatch.delenv(VARIABLE)
    enter_lerobot_environment("a.module", [])
    assert replaced == []
