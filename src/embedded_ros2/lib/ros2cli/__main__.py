# SPDX-License-Identifier: Apache-2.0
"""Makes ``python -m ros2cli`` the command."""

import sys

from ros2cli.main import main

sys.exit(main())
