# SPDX-License-Identifier: Apache-2.0
"""The ``ros2`` command: a framework that loads one verb, and the verbs, each in a file of its own.

A verb is a module ``ros2cli/verbs/<command>/<verb>.py``, or ``ros2cli/verbs/<command>.py`` for a command without verbs,
that defines ``DESCRIPTION``, ``add_arguments(parser)`` and ``main(args) -> int``. Nothing has to be registered.
"""
