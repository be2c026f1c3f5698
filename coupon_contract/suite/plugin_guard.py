"""Refuses plugins that repeat tests or distribute them: budget, plan and verdict assume one process and one attempt."""

import pytest

# The options of plugins that repeat or distribute tests, with the values for doing neither.
IDLE = {
    "numprocesses": 0,  # pytest-xdist, with the next two
    "dist": "no",
    "tx": [],
    "forked": False,  # pytest-forked
    "workers": 0,  # pytest-parallel, with the next one
    "tests_per_worker": 0,
    "parallel_threads": 1,  # pytest-run-parallel
    "reruns": 0,  # pytest-rerunfailures
    "retries": 0,  # pytest-retry
    "force_flaky": False,  # flaky
    "flake_finder_enable": False,  # pytest-flakefinder
    "count": 1,  # pytest-repeat
}


def demand(config: pytest.Config) -> None:
    """Raise pytest.UsageError if a plugin would repeat tests or distribute them."""
    for option, idle in IDLE.items():
        value = getattr(config.option, option, None) or _setting(config, option)
        if value and str(value) not in (str(idle), "0"):
            raise pytest.UsageError(
                f"{option} = {value}: a plugin would repeat tests or share them out among processes, and the budget "
                "holds for one process that sends each request once; leave the option out (also of PYTEST_ADDOPTS), or "
                "judge with coupon-contract judge, which loads no such plugin"
            )


def _setting(config: pytest.Config, name: str) -> object:
    """Return the option's value from a settings file; None if no plugin has the option."""
    try:
        return config.getini(name)
    except ValueError:
        return None
