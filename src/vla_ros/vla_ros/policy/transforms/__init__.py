# SPDX-License-Identifier: Apache-2.0
"""Transforms between observations and actions on one side and what a model sees on the other."""
