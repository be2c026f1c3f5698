import json
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from coupon_contract import spec
from interop import calls
from interop.program import Call
from scripts import vectors

ENDS = {"issued", "partly-issued", "refused", "rejected", "not-authenticated", "outcome-unknown"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[list[Call]]:
    with calls.sandbox_calls() as found:
        yield found


def _send(call: Call) -> httpx.Response:
    return httpx.post(
        call.input["url"] + spec.ISSUE_PATH,
        json=call.input["request"],
        auth=(call.input["user"], call.input["password"]),
        trust_env=False,
    )


def _named(found: list[Call], name: str) -> Call:
    return next(call for call in found if call.name == name)


def test_every_call_has_a_name_of_its_own(sandbox: list[Call]) -> None:
    with calls.vector_calls() as (played, _):
        names = [call.name for call in [*sandbox, *played, *calls.external_id_calls()]]

    assert not [name for name, times in Counter(names).items() if times > 1]


def test_sandboxes_are_asked_for_every_end(sandbox: list[Call]) -> None:
    assert {call.best["end"] for call in sandbox} == ENDS


def test_sandboxes_answer_what_the_calls_call_right(sandbox: list[Call]) -> None:
    assert not [call.name for call in sandbox if not _fits(call, _send(call))]


def _fits(call: Call, answer: httpx.Response) -> bool:
    """As far as one can see without a client."""
    statuses = {"not-authenticated": 401, "rejected": 403}
    if answer.status_code != 200:
        return answer.status_code == statuses.get(call.best["end"])
    body = answer.json()
    seen = (len(body.get("coupons", ())), [entry["code"] for entry in body["errors"]])
    return seen == (call.best.get("coupons", 1), call.best.get("errors", []))


def test_every_vector_is_played_with_its_ends() -> None:
    with calls.vector_calls() as (played, _):
        found = {call.name: call.best["end"] for call in played}

    expected = {vector["name"]: vector["end"] for vector in vectors.decoding()}
    silent = dict.fromkeys((calls.NO_ANSWER, calls.LATE_ANSWER), "outcome-unknown")
    assert found == expected | silent


def test_a_vector_is_answered_as_it_stands() -> None:
    with calls.vector_calls() as (played, _):
        answer = _send(_named(played, "error 799 and no coupons"))

    assert answer.json()["errors"][0]["code"] == 799


def test_a_call_that_is_sent_again_is_seen() -> None:
    with calls.vector_calls() as (played, seen):
        once, twice, never = played[:3]
        for call in (once, twice, twice):
            _send(call)

    assert calls.sent_again([once, twice, never], seen) == [
        f"{twice.name}: arrived 2 times",
        f"{never.name}: arrived 0 times",
    ]


def test_a_connection_can_be_closed_without_an_answer() -> None:
    with calls.vector_calls() as (played, _), pytest.raises(httpx.RemoteProtocolError):
        _send(_named(played, calls.NO_ANSWER))


def test_a_late_answer_has_coupons_for_those_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LATE_SECONDS", 0.0)
    with calls.vector_calls() as (played, _):
        answer = _send(_named(played, calls.LATE_ANSWER))

    assert json.loads(answer.content)["coupons"]


def test_pairs_of_external_ids_go_to_the_program_as_they_are() -> None:
    told = [(call.input["left"], call.input["right"], call.best["same"]) for call in calls.external_id_calls()]

    assert told == [(pair["left"], pair["right"], pair["same"]) for pair in vectors.external_ids()]
