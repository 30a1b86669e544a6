# SPDX-License-Identifier: Apache-2.0
"""The set-up's compilation of the kernels: it runs what the node will run, and says what is wrong with its files."""

from pathlib import Path

import pytest

from benchmarks.safety_support.loop import CONFIGS, URDF
from vla_safety.warm_up import main


@pytest.mark.parametrize("robot", ["fr3", "panda"])
def test_shipped_configurations_are_run_through(robot: str) -> None:
    main([str(CONFIGS / f"{robot}.yaml"), str(URDF)])


def test_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(CONFIGS / "fr3.yaml"), str(tmp_path / "no.urdf")])
    assert ended.value.code == 2
    assert "no.urdf" in capsys.readouterr().err
