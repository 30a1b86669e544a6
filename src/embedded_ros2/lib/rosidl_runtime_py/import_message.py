# SPDX-License-Identifier: Apache-2.0
"""Message classes by type description."""

from __future__ import annotations

import importlib
from typing import Any

from rosidl_parser.definition import NamespacedType


def import_message_from_namespaced_type(message_type: NamespacedType) -> Any:
    """Return the class; raises ModuleNotFoundError or AttributeError where there is none."""
    module = importlib.import_module(".".join(message_type.namespaces))
    return getattr(module, message_type.name)
