# SPDX-License-Identifier: Apache-2.0
"""Helpers of ./run, each run as a script with the Python that ./run has at hand at that stage."""
