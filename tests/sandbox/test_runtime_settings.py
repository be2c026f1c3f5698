"""What is kept in the store of the settings, and what happens when that cannot be read or used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from coupon_contract.sandbox.runtime_settings import NAME, OTHER_VERSION, RuntimeSettings
from coupon_contract.sandbox.store import StoreBusy
from tests.sandbox.conftest import Api

NEWER: list[dict[str, Any]] = [{"behaviour": "fault-of-a-newer-version"}, {"hazards": {"newer": 1}}]


@define
class Kept:
    """A store with settings, which can be read or not."""

    value: Any = None
    works: bool = True
    is_remote: bool = False

    def setting(self, _: str) -> Any:
        if not self.works:
            raise StoreBusy
        return self.value


def offset(runtime: RuntimeSettings) -> int:
    return runtime.settings().clock_offset_ms


def control(api: Api, method: str, path: str, **options: Any) -> Any:
    return api.request(method, f"http://127.0.0.1{path}", **options)


@pytest.mark.parametrize("shared", [True, False])
def test_a_sandbox_that_could_not_look_when_it_started_looks_again(
    shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.runtime_settings.PAUSE", 0)
    store: Any = Kept({"clock_offset_ms": 5}, works=False)
    runtime = RuntimeSettings(shared=shared)
    runtime.opened(store)
    before = offset(runtime)
    store.works = True

    assert (before, offset(runtime)) == (0, 5)


def test_after_a_look_that_failed_nobody_looks_for_a_while() -> None:
    store: Any = Kept({"clock_offset_ms": 5}, works=False)
    runtime = RuntimeSettings()
    runtime.opened(store)
    store.works = True

    assert offset(runtime) == 0


def test_a_look_that_was_overtaken_changes_nothing() -> None:
    runtime = RuntimeSettings(shared=False)
    newer, older = (runtime._over_base({"clock_offset_ms": offset}) for offset in (2, 1))
    runtime._take(newer, 2)
    runtime._take(older, 1)

    assert runtime.settings() == newer


@pytest.mark.parametrize("newer", NEWER)
def test_settings_of_another_version_are_told_once_and_replaced_by_a_change(
    newer: dict[str, Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.runtime_settings.LEASE", 0)
    store: Any = Kept(newer)
    runtime = RuntimeSettings()
    runtime.opened(store)
    runtime.settings()
    store.value = {"clock_offset_ms": 5}

    assert [text.partition(":")[0] for text in caplog.messages] == ["the settings in the database are not in force"]
    assert offset(runtime) == 5


@pytest.mark.parametrize("newer", NEWER)
def test_a_sandbox_starts_and_shows_itself_whatever_another_version_kept(
    open_api: Callable[..., Api], tmp_path: Path, newer: dict[str, Any]
) -> None:
    file = tmp_path / "coupons.db"
    with open_api(file).app.state.sandbox.store.transaction() as transaction:
        transaction.set_setting(NAME, newer)
    api = open_api(file)

    assert control(api, "GET", "/").status_code == 200
    assert api.issue(415446)["successCount"] == 1


def test_a_change_over_settings_of_another_version_says_what_helps_and_that_helps(
    open_api: Callable[..., Api], tmp_path: Path
) -> None:
    api = open_api(tmp_path / "coupons.db")
    with api.app.state.sandbox.store.transaction() as transaction:
        transaction.set_setting(NAME, {"hazards": {"newer": 1}})
    refused = control(api, "POST", "/__sandbox/clock/advance", json={"seconds": 1})
    after = [control(api, "POST", f"/__sandbox/{path}", json={"seconds": 1}) for path in ("reset", "clock/advance")]

    assert refused.status_code == 409
    assert OTHER_VERSION in refused.json()["message"]
    assert [one.status_code for one in after] == [200, 200]
