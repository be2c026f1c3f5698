from types import SimpleNamespace
from typing import Any

import pytest

from coupon_contract.suite import plugin_guard


def configured(settings: dict[str, Any], **options: Any) -> Any:
    """What pytest knows of options and settings; a setting that nobody declared raises ValueError, as it does there."""

    def getini(name: str) -> Any:
        if name not in settings:
            raise ValueError(name)
        return settings[name]

    return SimpleNamespace(option=SimpleNamespace(**options), getini=getini)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("numprocesses", 1),
        ("numprocesses", 6),
        ("dist", "load"),
        ("tx", ["2*popen"]),
        ("forked", True),
        ("workers", "2"),
        ("tests_per_worker", "auto"),
        ("parallel_threads", 4),
        ("reruns", 2),
        ("retries", 1),
        ("force_flaky", True),
        ("flake_finder_enable", True),
        ("count", 2),
    ],
)
def test_an_option_that_repeats_tests_or_shares_them_out_is_refused(option: str, value: Any) -> None:
    with pytest.raises(pytest.UsageError, match=f"{option} = "):
        plugin_guard.demand(configured({}, **{option: value}))


@pytest.mark.parametrize("setting", ["reruns", "retries"])
def test_a_setting_that_repeats_tests_is_refused(setting: str) -> None:
    with pytest.raises(pytest.UsageError, match=f"{setting} = 2"):
        plugin_guard.demand(configured({setting: "2"}, **{setting: None}))


@pytest.mark.parametrize("missing", [None, 0, ""])
def test_plugins_that_were_told_nothing_are_no_obstacle(missing: Any) -> None:
    idle = {"dist": "no", "tx": [], "count": 1, "parallel_threads": 1, "force_flaky": False}

    plugin_guard.demand(configured({"reruns": "0"}, reruns=missing, numprocesses=missing, **idle))


def test_a_pytest_without_such_plugins_is_no_obstacle(pytestconfig: pytest.Config) -> None:
    plugin_guard.demand(pytestconfig)
