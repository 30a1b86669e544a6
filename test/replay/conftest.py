# SPDX-License-Identifier: Apache-2.0
"""Bags of the synthetic robot, written once for all tests of replay."""

import dataclasses

import pytest

from benchmarks.replay_support import synthetic_bag
from benchmarks.replay_support.synthetic_bag import SyntheticBag
from vla_ros.recording import MessageTypes


@pytest.fixture(scope="session")
def make_bag(tmp_path_factory):
    """Return a function that writes a bag with changes to ``SyntheticBag`` and returns its folder."""
    types = MessageTypes()

    def make(name="bag", **changes):
        folder = tmp_path_factory.mktemp("bags") / name
        return synthetic_bag.write_bag(folder, dataclasses.replace(SyntheticBag(), **changes), types)

    return make


@pytest.fixture(scope="session")
def contract_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("contract") / "franka.yaml"
    path.write_text(synthetic_bag.contract_text(), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def bag(make_bag):
    return make_bag("good")


@pytest.fixture(scope="session")
def robot():
    return synthetic_bag
