# SPDX-License-Identifier: Apache-2.0
"""The leaves of the behaviour trees, one family per file, and the table of their names."""

from vla_ros.executor.behaviours.alternative import TakeAlternative
from vla_ros.executor.behaviours.ask import AskPerson
from vla_ros.executor.behaviours.base import TaskBehaviour
from vla_ros.executor.behaviours.clear import ClearFaults
from vla_ros.executor.behaviours.motions import GoHome, OpenHand, Retreat
from vla_ros.executor.behaviours.plan import MakePlan
from vla_ros.executor.behaviours.readiness import AwaitReady, LookAgain
from vla_ros.executor.behaviours.rest import ComeToRest
from vla_ros.executor.behaviours.run_skill import RunSkill
from vla_ros.executor.behaviours.verify import VerifySuccess

__all__ = ["LEAVES", "TaskBehaviour"]

LEAVES: dict[str, type[TaskBehaviour]] = {
    "make_plan": MakePlan,
    "await_ready": AwaitReady,
    "run_skill": RunSkill,
    "verify_success": VerifySuccess,
    "take_alternative": TakeAlternative,
    "come_to_rest": ComeToRest,
    "clear_faults": ClearFaults,
    "retreat": Retreat,
    "open_hand": OpenHand,
    "go_home": GoHome,
    "look_again": LookAgain,
    "ask_person": AskPerson,
}
