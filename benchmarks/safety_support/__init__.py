# SPDX-License-Identifier: Apache-2.0
"""What the safety benchmark and the tests of the safety core share: a loop, adversaries, an oracle."""
