# SPDX-License-Identifier: Apache-2.0
"""Whether a loaded model has exactly the weights of its files. Reads safetensors only, never a pickle.

Loaders of policies warn about weights that are missing, or go on with random ones; on a robot both are accidents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vla_ros.errors import PolicyError

__all__ = ["require_weights", "weight_files"]

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
PREFIX = "model."  # that some loaders add to the names of a file


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the safetensors files of a checkpoint, one or several with an index.

    Raises:
        PolicyError: there are none, or one that the index names is missing.
    """
    if (folder / SINGLE).is_file():
        return (folder / SINGLE,)
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        names = sorted(set(index["weight_map"].values()))
    except FileNotFoundError as error:
        raise PolicyError(f"{folder} is no checkpoint: there is no {SINGLE}") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise PolicyError(f"{folder / INDEX} is damaged: {error}") from error
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise PolicyError(f"{folder} is no complete checkpoint: there is no {missing[0]}")
    return tuple(folder / name for name in names)


def require_weights(loaded: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Refuse a model whose weights are not those of its files.

    Args:
        loaded: Tensors of the loaded model by name (``state_dict``).
        files: Safetensors files that hold all of them; of tensors that share memory, one is enough.

    Raises:
        PolicyError: naming the first weight that is missing, unexpected, of another shape or of other numbers.
    """
    found = set()
    for name, stored in _stored(files):
        own = name if name in loaded else name.removeprefix(PREFIX) if name.startswith(PREFIX) else PREFIX + name
        if own not in loaded:
            raise PolicyError(
                f"the weight '{name}' of {files[0].parent} is unexpected: the policy has none of that name"
            )
        _require_equal(name, loaded[own], stored)
        found.add(own)
    homes = {_home(loaded[name]) for name in found}
    missing = sorted(name for name, tensor in loaded.items() if name not in found and _home(tensor) not in homes)
    if missing:
        raise PolicyError(f"the weight '{missing[0]}' of the policy is missing in {files[0].parent}")


def _require_equal(name: str, own: Any, stored: Any) -> None:
    if tuple(own.shape) != tuple(stored.shape):
        shapes = f"{tuple(stored.shape)} in the file, {tuple(own.shape)} in the policy"
        raise PolicyError(f"the weight '{name}' has another shape: {shapes}")
    if not own.cpu().equal(stored.to(own.dtype)):
        raise PolicyError(f"the weight '{name}' was not loaded: its numbers are not those of the file")


def _stored(files: Sequence[Path]) -> Iterator[tuple[str, Any]]:
    for file in files:
        yield from _tensors_of(file)


def _tensors_of(file: Path) -> Iterator[tuple[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a mapping
                yield name, tensors.get_tensor(name)
    except SafetensorError as error:
        raise PolicyError(f"{file} is damaged: {error}") from error


def _home(tensor: Any) -> tuple[int, tuple[int, ...]]:
    """Return where a tensor lies; tied weights lie in one place."""
    return int(tensor.data_ptr()), tuple(tensor.shape)
