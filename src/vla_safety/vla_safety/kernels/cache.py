# SPDX-License-Identifier: Apache-2.0
"""Where compiled kernels are kept: in a folder per state of the sources.

Numba looks at a function's own file only: after a change of another file, what calls into it would go on with machine
code of the old one. Here no code is found that was made from other sources than these.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numba

__all__ = ["cache_folder", "keep_compiled_code"]


def cache_folder(sources: Path, environment: dict[str, str] | None = None) -> Path:
    """Return the folder for code compiled from the Python files in ``sources``.

    It lies below ``NUMBA_CACHE_DIR`` where that is set, else beside the sources, else in the user's cache.
    """
    environment = dict(os.environ) if environment is None else environment
    sha = hashlib.sha256()
    for path in sorted(sources.glob("*.py")):
        sha.update(path.name.encode() + path.read_bytes())
    beside = sources / "__pycache__"
    # Never where others may write: what lies there is run as machine code.
    home = environment.get("HOME") or Path.home()
    user = Path(environment.get("XDG_CACHE_HOME") or Path(home) / ".cache") / "vla_safety"
    writable = os.access(beside if beside.exists() else sources, os.W_OK)
    base = environment.get("NUMBA_CACHE_DIR") or (beside if writable else user)
    return Path(base) / f"kernels-{sha.hexdigest()[:16]}"


def keep_compiled_code() -> None:
    """Have numba keep what it compiles from here on in `cache_folder`: its setting holds for the whole process."""
    numba.config.CACHE_DIR = str(cache_folder(Path(__file__).parent))
