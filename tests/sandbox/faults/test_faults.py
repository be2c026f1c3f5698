"""Faults and variants: each is named, told and does something; none of it is there without being asked for."""

import asyncio
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import pytest
from attrs import frozen

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.sandbox import Seed, create_app, load_seed
from coupon_contract.sandbox.__main__ import main
from coupon_contract.sandbox.behaviour import CONTRACT, UnknownBehaviour
from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from coupon_contract.sandbox.store import FIRST_COUPON_ID
from tests.sandbox.conftest import ABIJITH, BASIC, PLERTHPRTH, Api, ManualClock

ORDINARY, UPLOADED, GENERIC, ONE_EACH, FIVE_EACH, FEW_CODES = 415446, 535521, 18426, 96004, 50020, 50060

JSON = {"Content-Type": "application/json"}
FORM = "application/x-www-form-urlencoded"
AT_ONCE = 8
NEARLY_AN_EMAIL = ("one+x@example.com", "one@x.example.com", "\u00f3ne@example.com")


# --- what they say about themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_names_clauses_of_the_register(fault: Any) -> None:
    assert fault.breaks
    assert fault.breaks | fault.also <= set(spec.clauses())
    assert not fault.breaks & fault.also


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_names_entries_of_the_ledger(variant: Any) -> None:
    assert set(variant.ledger) <= set(spec.ledger())


@pytest.mark.parametrize("named", [*FAULTS.values(), *VARIANTS.values()], ids=[*FAULTS, *VARIANTS])
def test_names_are_slugs_and_texts_are_sentences(named: Any) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", named.name)
    assert re.fullmatch(r"(?s)[A-Za-z0-9].+\.", named.text)


def test_no_name_is_taken_twice() -> None:
    assert not set(FAULTS) & set(VARIANTS)


def test_every_entry_of_the_ledger_with_a_choice_has_a_variant() -> None:
    choices = {key for key, entry in spec.ledger().items() if entry.sandbox != entry.accepted}
    exercised = {entry for variant in VARIANTS.values() for entry in variant.ledger}

    assert choices - exercised == set()


# --- what they do ---------------------------------------------------------------------------------------------------


@frozen
class Probe:
    """One request, or several at the same moment."""

    method: str
    path: str
    options: dict[str, Any]
    times: int = 1


def post(body: Any, times: int = 1, path: str = spec.ISSUE_PATH, **options: Any) -> Probe:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Probe("POST", path, {"content": content, "headers": JSON, "auth": BASIC, **options}, times)


def issue(series_id: Any = ORDINARY, count: Any = 1, customer: Any = ABIJITH, times: int = 1, **more: Any) -> Probe:
    return post({"seriesId": series_id, "count": count, "customer": customer, **more}, times)


def raw(text: str) -> Probe:
    return post(text.replace("$who", json.dumps(ABIJITH)).encode())


def read_back(**query: Any) -> Probe:
    return Probe("GET", spec.READ_BACK_PATH, {"params": query, "auth": BASIC})


def listed(auth: Any = BASIC, headers: Any = None, **query: Any) -> Probe:
    return Probe("GET", spec.CUSTOMER_COUPONS_PATH, {"params": query, "auth": auth, "headers": headers})


def as_caller(auth: Any = None, **headers: str) -> Probe:
    body = {"seriesId": ORDINARY, "customer": ABIJITH}
    return post(body, auth=auth, headers=JSON | {name.replace("_", "-"): text for name, text in headers.items()})


def token(**claim: str) -> Probe:
    return post({"key": "sandbox-key", "secret": "sandbox-secret", **claim}, path=spec.TOKEN_PATH, auth=None)


PROBES = [
    *(issue(count=count) for count in (2, 1, 0, -1, -(2**31), 500, 501, 65537, 1.5, "2", True, [2], None, 2**70)),
    *(issue(customer=customer) for customer in (PLERTHPRTH, {"externalId": "3873472"}, {"mobile": "%"}, {})),
    *(issue(customer={kind: "11223569865"}) for kind in ("email", "externalId")),
    *(issue(customer={"mobile": text}) for text in ("10000000000", "1122356", "\ud800", "", "9" * 300)),
    *(issue(customer=customer) for customer in (None, "x", {**ABIJITH, "email": "nobody@example.com"})),
    *(issue(GENERIC, count) for count in (1, 1, 2)),
    *(issue(UPLOADED, 2) for _ in range(2)),
    *(issue(ONE_EACH, count, customer) for count, customer in ((1, ABIJITH), (1, ABIJITH), (2, PLERTHPRTH))),
    issue(ONE_EACH, 1, {"externalId": "3873472"}),
    *(issue(FIVE_EACH, count) for count in (4, 3, 1)),
    issue(FIVE_EACH, 7, PLERTHPRTH),
    issue(FIVE_EACH, 5, {"mobile": "11223569904"}),
    issue(50021, 5, {"mobile": "11223569904"}),
    *(issue(FEW_CODES, count) for count in (5, 1)),
    *(issue(series_id) for series_id in (50010, 50050, 71300, 70700, 999999999, 2**63, 2**64 + ORDINARY)),
    *(issue(series_id) for series_id in (2**32 + ORDINARY, [ORDINARY], "415446", "415446abc", 415446.5, True, None)),
    *(post({**more, "count": 1, "customer": ABIJITH}) for more in ({}, {"seriesIds": ORDINARY})),
    *(post({**more, "customer": ABIJITH}) for more in ({"seriesId": ORDINARY}, {"seriesId": [], "count": "1"})),
    post({"seriesId": ORDINARY}),
    issue(999999999, customer={"mobile": "10000000000"}),
    post({"customer": ABIJITH, "seriesId": ORDINARY}),
    post({"customer": ABIJITH, "seriesId": ORDINARY, "count": 0}),
    post({"customer": {"mobile": "10000000000"}, "seriesId": ORDINARY, "count": 0}),
    issue(50011),
    issue(seriesIds=[ORDINARY]),
    issue(count="x", customer=None),
    issue(colour="blue"),
    *(issue(metadata=metadata) for metadata in ({"notes": "a"}, {"notes": "a" * 251}, {"count": 3})),
    raw(f'{{"seriesId": {ORDINARY}, "count": 2.0, "customer": $who}}'),
    raw(f'{{"seriesId": {ORDINARY}, "count": 1, "count": 2, "customer": $who}}'),
    raw(f'{{"seriesId": {ORDINARY},\n "customer": $who}}'),
    raw(f'{{"seriesId": {ORDINARY}, "customer": {{"mobile": "\\u00311223569865"}}}}'),
    *(post(body) for body in (b"{", b"[" * 1000, b'{"x": "' + b"x" * 100_000 + b'"}', b"{} {}", b"\xef\xbb\xbf{}")),
    *(
        post({}, headers={"Content-Type": declared})
        for declared in ("text/plain", "application/json;charset=utf-8", FORM)
    ),
    *(Probe(method, spec.ISSUE_PATH, {"headers": JSON, "auth": BASIC, "content": b"{}"}) for method in ("GET", "PUT")),
    as_caller(),
    *(as_caller((BASIC[0], password)) for password in ("x", "sandbox-password", BASIC[1].upper())),
    as_caller(Authorization="Basic *"),
    post({}, headers={}),
    post("{}".encode("utf-16")),
    issue(customer={"mobile": " 11223569865"}),
    *(as_caller((user, BASIC[1])) for user in ("nobody", "till.no-access")),
    *(as_caller(**{TOKEN_HEADER: text}) for text in ("invented", "sandbox-token-that-expired")),
    post(b"{", auth=None),
    *(token(**claim) for claim in ({}, {"key": "x"}, {"secret": "x"})),
    *(issue(series_id, times=AT_ONCE) for series_id in (50021, 96005, 50011, 50061)),
    *(read_back(issuedToIds=customer) for customer in (555567088, 374658850)),
    read_back(couponIds=f"{FIRST_COUPON_ID},{FIRST_COUPON_ID + 1}"),
    read_back(couponIds=[str(FIRST_COUPON_ID), str(FIRST_COUPON_ID + 1)]),
    *(read_back(couponCodes="decath10", **more) for more in ({}, {"coupon_code_case": "AS_IT_IS"})),
    *(issue(customer=customer) for customer in ({**ABIJITH, "email": ""}, {"email": 0}, {"mobile": 11223569865})),
    *(issue(customer=customer) for customer in ({"id": 555567088}, {**ABIJITH, "id": ""})),
    *(post(body) for body in (b"null", b"")),
    *(issue(customer={"externalId": text}) for text in ("3873472e0", "3873472x", "constructor", "")),
    *(issue(customer=customer) for customer in ({"email": ""}, {"__proto__": ABIJITH})),
    *(issue(series_id, 131, {"mobile": "11223569903"}) for series_id in (ORDINARY, 50021)),
    *(as_caller(**{"Transfer-Encoding": "chunked"}, auth=auth) for auth in (None, BASIC)),
    *(issue(customer={"mobile": text}) for text in ("3569865", "112\a23569865")),
    *(issue(customer={"email": text}) for text in NEARLY_AN_EMAIL),
    issue(customer={"mobile": "11223569865", "externalId": "3873472"}),
    issue(count=150),
    *(as_caller((BASIC[0], password)) for password in (BASIC[1][:8], f"{BASIC[1]}-x")),
    as_caller(Authorization="Bearer x"),
    as_caller(**{TOKEN_HEADER: ""}),
    token(secret=""),
]


async def transcript(app: Any) -> Sequence[str]:
    """What the application answers to every probe, in words that are the same for every run."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        told: list[str] = []
        for probe in PROBES:
            told += await asyncio.gather(*(answered(client, probe) for _ in range(probe.times)))
        told += [await answered(client, probe) for probe in await companion_probes(client)]
        granted = await token_of(client)
        caller = as_caller(**{TOKEN_HEADER: granted})
        told += [await answered(client, caller) for _ in range(2)]
        told += [await answered(client, listed(auth=None, headers={TOKEN_HEADER: granted}, id=555567088))]
        told += [await answered(client, as_caller(**{TOKEN_HEADER: text})) for text in (granted[:-4], f"{granted}-x")]
        together = (answered(client, issue(customer=customer)) for customer in (ABIJITH, PLERTHPRTH))
        return [*told, *await asyncio.gather(*together)]


async def token_of(client: httpx.AsyncClient) -> str:
    """A new token, or "none"."""
    try:
        answer = await client.request("POST", spec.TOKEN_PATH, **token().options)
    except AssertionError:  # of httpx, about a response that breaks off
        return "none"
    return str(answer.json()["data"]["accessToken"])


async def companion_probes(client: httpx.AsyncClient) -> Sequence[Probe]:
    """Lists of a customer who just got coupons with metadata, and the revocation of one of them, twice, and of two at
    once.
    """
    answer = await answered(client, issue(count=4, metadata={"sourceId": "Order 17"}))
    many = await answered(client, issue(count=120, metadata={"notes": "a\u00f1o"}))
    (*codes, third, fourth) = (*re.findall(r'"code": ?"(\w+)"', answer), *["none"] * 4)[:4]
    choices: list[dict[str, Any]] = [{"offset": 0}, {"offset": 2}, {"sort_order": "ASC"}, {"status": "EXPIRED"}]
    pages = [{"mobile": "11223569865", **choice} for choice in ({}, *({"limit": 2, **choice} for choice in choices))]
    return [
        *(Probe("GET", spec.CUSTOMER_COUPONS_PATH, {"params": page, "auth": BASIC}) for page in pages),
        *(read_back(couponCodes=wanted, includeIssualDetails="true") for wanted in (codes[0], codes)),
        *(read_back(couponCodes=codes[0], issuedToIds=who) for who in (555567088, 374658850)),
        *(listed(id=555567088, limit=1), listed(mobile="11223569865", status="ACTIVE_REDEEMED")),
        *(listed(mobile="11223569865"), listed(email="one@example.com"), listed(mobile="10000000000")),
        *(listed(auth=("till.sandbox", "wrong"), id=1), listed(auth=None, headers={TOKEN_HEADER: "invented"}, id=1)),
        *(
            post({"couponSeriesId": ORDINARY, "couponCodes": named}, path=spec.REVOKE_PATH)
            for named in ([codes[0]], [codes[0]], [codes[1]], [third, fourth], [f"{FIRST_COUPON_ID}"], [""])
        ),
        read_back(couponCodes=codes),
        *(
            read_back(couponIds=found, includeIssualDetails="true")
            for found in re.findall(r'"couponId": ?(\d+)', many)[-1:]
        ),
        Probe("GET", spec.READ_BACK_PATH, {"params": {"couponCodes": codes}}),
        *(
            post({"couponSeriesId": ORDINARY, "couponCodes": codes}, path=spec.REVOKE_PATH, auth=auth, headers=headers)
            for auth, headers in ((None, JSON), (("till.sandbox", "wrong"), JSON), (None, {**JSON, TOKEN_HEADER: "x"}))
        ),
    ]


async def answered(client: httpx.AsyncClient, probe: Probe) -> str:
    try:
        return in_words(await client.request(probe.method, probe.path, **probe.options))
    except AssertionError:  # of httpx, about a response that breaks off
        return "no whole answer"


def in_words(answer: httpx.Response) -> str:
    hides_token = answer.url.path == spec.TOKEN_PATH and answer.status_code == 200
    body = re.sub(r'"accessToken": ?"[^"]*"', "", answer.text) if hides_token else answer.text
    headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length" or body]
    return f"{answer.status_code} {headers} {body}"


@pytest.fixture(scope="module")
def small_seed() -> Seed:
    seed = load_seed()
    few = [
        msgspec.structs.replace(each, uploaded=msgspec.structs.replace(each.uploaded, count=20))
        if each.uploaded and each.uploaded.count > 20
        else each
        for each in seed.series
    ]
    return msgspec.structs.replace(seed, series=few)


@pytest.fixture(scope="module")
def plain(small_seed: Seed) -> Sequence[str]:
    return probed(small_seed, None)


def probed(seed: Seed, name: str | None) -> Sequence[str]:
    """The transcript of a new application that draws the same codes as any other one."""
    draws = random.Random(7)  # noqa: S311 - repeatable is the point
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coupon_contract.sandbox.store.codes.secrets.token_bytes", draws.randbytes)
        app = create_app(seed, clock=ManualClock(), behaviour=name)
        try:
            return asyncio.run(transcript(app))
        finally:
            app.state.sandbox.store.close()


def test_the_probes_tell_the_same_of_the_same_application(small_seed: Seed, plain: Sequence[str]) -> None:
    assert probed(small_seed, None) == plain


@pytest.mark.parametrize("name", [*FAULTS, *sorted(VARIANTS.keys() - {"slow"})])
def test_each_changes_an_answer(small_seed: Seed, plain: Sequence[str], name: str) -> None:
    assert probed(small_seed, name) != plain


def test_slow_answers_take_their_time(small_seed: Seed) -> None:
    api = Api(create_app(small_seed, behaviour="slow"))
    started = time.monotonic()
    api.issue(ORDINARY)

    assert time.monotonic() - started > 0.05
    api.close()


@pytest.mark.parametrize("name", ["race-per-customer", "codes-invented", "coupon-ids-restart"])
def test_applications_of_one_process_behave_differently(small_seed: Seed, name: str) -> None:
    wrong, right = (Api(create_app(small_seed, behaviour=each)) for each in (name, None))
    wrong.issue(FEW_CODES, count=5)
    answers = [right.issue(FIVE_EACH, count=3)["successCount"] for _ in range(2)]
    few = right.issue(FEW_CODES, count=5)

    assert (answers, few["successCount"]) == ([3, 2], 3)
    wrong.close()
    right.close()


# --- without being asked for ----------------------------------------------------------------------------------------


def test_an_ordinary_application_has_none_of_it(api: Api) -> None:
    assert api.app.state.sandbox.behaviour is CONTRACT


def test_an_ordinary_application_does_not_load_their_code() -> None:
    listed = "[name for name in sys.modules if 'coupon_contract.sandbox.faults' in name]"
    told = f"import sys, coupon_contract.sandbox; coupon_contract.sandbox.create_app(); print({listed})"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=30, check=True)  # noqa: S603

    assert done.stdout == "[]\n"


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UnknownBehaviour, match="no-such-thing"):
        create_app(behaviour="no-such-thing")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--fault", "nonsense"], "nonsense: no such fault"),
        (["--fault", "slow"], "slow: no such fault"),
        (["--variant", "nonsense"], "nonsense: no such variant"),
        (["--variant", "created"], "created: no such variant"),
        (["--fault", ""], "no such fault"),
    ],
)
def test_an_unknown_name_ends_the_program(capsys: pytest.CaptureFixture[str], arguments: list[str], named: str) -> None:
    status = main(arguments)

    assert status == 4
    assert named in capsys.readouterr().err


def test_a_fault_and_a_variant_exclude_each_other() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--fault", "created", "--variant", "slow"])

    assert ended.value.code == 4


def test_the_list_has_every_name_with_its_clauses(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--list-faults"])
    lines = capsys.readouterr().out.splitlines()

    assert status == 0
    assert {*FAULTS, *(f"{name} (variant)" for name in VARIANTS)} <= set(lines)
    assert lines[1:3] == ["    breaks coupon-shape", f"    {FAULTS['coupon-id-as-text'].text}"]


@pytest.mark.parametrize("option", ["--fault=created", "--variant=slow"])
def test_the_second_line_tells_which_one_is_on(option: str) -> None:
    command = [sys.executable, "-m", "coupon_contract.sandbox", option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        first, second = process.stdout.readline(), process.stdout.readline()
        process.terminate()

    assert first.startswith("coupon sandbox at http://")
    assert option.partition("=")[2] in second
