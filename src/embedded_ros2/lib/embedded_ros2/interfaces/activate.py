# SPDX-License-Identifier: Apache-2.0
"""Importing this makes ROS interface packages importable; a ``.pth`` file does so at the start of Python."""

from .finder import install

install()
