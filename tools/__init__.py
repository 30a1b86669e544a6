# SPDX-License-Identifier: Apache-2.0
"""Tools of the workspace itself: set-up and checks. Nothing here is installed with a package."""
