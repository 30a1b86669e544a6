# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: a DDS domain of its own per process, and no wall-clock deadline on generated examples."""

import os

import hypothesis
import pytest

# 30 to 99: below 102, where the ports of a domain reach into Linux's ephemeral range.
FIRST_DOMAIN, DOMAINS = 30, 70

hypothesis.settings.register_profile("vla", deadline=None)
hypothesis.settings.load_profile("vla")


def pytest_configure(config: pytest.Config) -> None:
    """Give each test process its own domain, so that runs beside each other do not meet, and workers never do."""
    worker = getattr(config, "workerinput", None)
    number = os.getpid() if worker is None else os.getppid() + int(worker["workerid"].removeprefix("gw"))
    own_domain = str(FIRST_DOMAIN + number % DOMAINS)
    starts_workers = bool(getattr(config.option, "numprocesses", None))
    if worker is not None:  # workers would share a domain that the user's environment names
        os.environ["ROS_DOMAIN_ID"] = own_domain
    elif not starts_workers:
        os.environ.setdefault("ROS_DOMAIN_ID", own_domain)
