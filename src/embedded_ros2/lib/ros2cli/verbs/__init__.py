# SPDX-License-Identifier: Apache-2.0
"""Commands and verbs of ``ros2``."""
