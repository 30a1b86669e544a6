# SPDX-License-Identifier: Apache-2.0
"""Makes the default policy: demonstrations, training, improvement on its own errors, evaluation, export.

A command of its own process (``python -m vla_ros.training``); the only part of the package that imports the simulation.
"""
