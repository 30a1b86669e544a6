# SPDX-License-Identifier: Apache-2.0
"""Makes the default planner: scenes, instructions, training, evaluation, export in Hugging Face format.

A command of its own process (``python -m vla_ros.training_planner``); it imports the simulation, the product does not.
"""
