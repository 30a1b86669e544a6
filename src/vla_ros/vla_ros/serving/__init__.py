# SPDX-License-Identifier: Apache-2.0
"""Serve any Python policy in ten lines, and servers that misbehave. Needs numpy, msgpack and websockets only."""

from vla_ros.serving.server import ServedPolicy, ServingConfig, serve, serving

__all__ = ["ServedPolicy", "ServingConfig", "serve", "serving"]
