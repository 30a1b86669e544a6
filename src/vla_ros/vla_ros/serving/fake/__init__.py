# SPDX-License-Identifier: Apache-2.0
"""Policy servers that have no policy: known answers, and every way to misbehave, byte-exact in each protocol."""

from vla_ros.serving.fake.behaviour import BEHAVIOURS, Behaviour, FakeConfig
from vla_ros.serving.fake.server import fake_server

__all__ = ["BEHAVIOURS", "Behaviour", "FakeConfig", "fake_server"]
