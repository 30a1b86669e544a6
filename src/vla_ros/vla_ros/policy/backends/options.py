# SPDX-License-Identifier: Apache-2.0
"""Options of a back end out of a policy's configuration, as a frozen dataclass. Data only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["options_of"]

Options = TypeVar("Options")


def options_of(options_class: type[Options], given: Mapping[str, Any]) -> Options:
    """Return ``given`` as ``options_class``.

    Raises:
        ConfigError: naming an unknown key and the nearest known one, or what the dataclass refuses.
    """
    known = {item.name for item in dataclasses.fields(options_class)}  # type: ignore[arg-type]
    for key in given:
        if key not in known:
            raise ConfigError(unknown_name("key in options", str(key), known))
    try:
        return options_class(**given)
    except TypeError as error:  # a value of another type meets a comparison
        raise ConfigError(f"options: {error}") from error
