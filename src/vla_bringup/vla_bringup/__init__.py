# SPDX-License-Identifier: Apache-2.0
"""Installs the top-level ``launch/`` and ``config/`` folders. No code."""
