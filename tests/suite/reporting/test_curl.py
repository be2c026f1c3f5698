"""The commands that a failure shows: pasted into a shell, they send the bytes that the suite sent."""

import html
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coupon_contract import spec
from coupon_contract.cli.sandbox_process import running_sandbox
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.suite import cases, credentials
from coupon_contract.suite.credentials import COOKIE_ALONE
from coupon_contract.suite.exchange import JSON_HEADERS, Request, dumps
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.reporting.curl import CREDENTIALS, curl
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import NotOffered
from coupon_contract.suite.target import Target
from coupon_contract.suite.template import Template, values
from coupon_contract.suite.transport import Transport, token_request
from tests.suite.conftest import MOBILE, TARGET, Reply, Seen, Stub, body, request, serving

SHELLS: dict[str, Sequence[str]] = {
    "sh": ("sh",),
    "bash": ("bash", "--norc"),
    "a terminal of bash": ("bash", "--norc", "-i"),  # where an exclamation mark is more than that
}
OF_TARGET_FILE = sorted(CREDENTIALS.keys() - {COOKIE_ALONE})
EACH_SHELL = pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
SECONDS = 60
TOKEN = "planted/token=="
GRANTED = b'{\n "data": {"accessToken": "planted\\/token==", "ttlSeconds": 600},\n "errors": null\n}'
ODD = evolve(
    TARGET,
    auth={"till": ("till'7`", 'P"ß\\/$-7!'), "no-access": ("none:7", "N'7"), "oauth": ("KEY\\77", 'SECRET"é77')},
    expired_token="TOKEN'77",
    known=({"mobile": "4915177", "email": 'ö"7@x y'}, {"externalId": "EXT$$7`id`!'\\\n\n"}),
    unknown={"email": "$known.0.mobile", "mobile": "@915177"},
)
AUTOMATIC = {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"}


def replying(seen: Seen) -> Reply:
    return 200, JSON_HEADERS, GRANTED if seen.path == spec.TOKEN_PATH else b'{"errors": []}'


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with serving(replying) as running:
        yield running


def at(stub: Stub, target: Target = ODD) -> Target:
    return evolve(target, base_url=stub.url)


def in_public(stub: Stub) -> Target:
    return evolve(ODD, base_url=stub.public_url)


def shown(sent: Request, target: Target) -> str:
    return curl(Template.from_request(sent, target, Mask.for_target(target)), target)


def pasted(shell: Sequence[str], text: str, variables: Mapping[str, str] = {}) -> subprocess.CompletedProcess[bytes]:
    """What a shell does with these lines."""
    plain = {"PATH": os.environ["PATH"], "http_proxy": "http://127.0.0.1:1"}
    with tempfile.TemporaryFile() as lines:  # no pipe: bash reads that byte by byte
        lines.write(f"{text}\n".encode())
        lines.seek(0)
        return subprocess.run(  # noqa: S603 - our own commands
            shell, stdin=lines, env=plain | dict(variables), capture_output=True, timeout=SECONDS, check=False
        )


def taken(stub: Stub) -> list[tuple[str, str, dict[str, str], bytes]]:
    """What the server was sent since it was last looked at."""
    seen, stub.seen[:] = list(stub.seen), []
    return [
        (one.method, one.path, {name: text for name, text in one.headers.items() if name not in AUTOMATIC}, one.body)
        for one in seen
    ]


class Ungated(Transport):
    """A transport that sends any request, also with headers and parameters that no test of the suite has."""

    def forbid(self, request: Request) -> None:
        """Forbid nothing."""


def by_suite(stub: Stub, requests: Sequence[Request], target: Target) -> list[tuple[str, str, dict[str, str], bytes]]:
    taken(stub)
    for one in requests:
        with Ungated(target) as transport:
            transport.send(one)
    return taken(stub)


# --- the same bytes -------------------------------------------------------------------------------------------------


@EACH_SHELL
@pytest.mark.parametrize("target", [TARGET, ODD], ids=["the sandbox", "odd values"])
def test_every_case_is_sent_as_the_suite_sends_it(shell: Sequence[str], target: Target, stub: Stub) -> None:
    target, requests = at(stub, target), []
    for case in cases.load():
        try:
            requests.append(case.request_for(target))
        except NotOffered:
            continue
    expected = by_suite(stub, requests, target)
    pasted(shell, "\n".join(f"({shown(one, target)}\n)" for one in requests))

    assert len(expected) > 50
    assert taken(stub) == expected


@EACH_SHELL
@pytest.mark.parametrize("who", OF_TARGET_FILE)
def test_every_caller_is_sent_as_the_suite_sends_it(shell: Sequence[str], who: str, stub: Stub) -> None:
    target, sent = at(stub), request(body(customer=ODD.known[0]), who=who)
    expected = by_suite(stub, [sent], target)
    pasted(shell, shown(sent, target))

    assert taken(stub) == expected


@EACH_SHELL
def test_a_cookie_of_an_earlier_answer_is_asked_for(shell: Sequence[str], stub: Stub) -> None:
    text = shown(request(body(), who=COOKIE_ALONE), at(stub))
    taken(stub)
    refused = pasted(shell, text)
    pasted(shell, text, {"COOKIE": "SESSION=a1"})
    (seen,) = taken(stub)

    assert b"the cookies that an earlier answer set" in refused.stderr
    assert (seen[2]["cookie"], "authorization" in seen[2]) == ("SESSION=a1", False)


@EACH_SHELL
def test_a_target_without_a_till_is_called_with_a_token(shell: Sequence[str], stub: Stub) -> None:
    target = evolve(at(stub), auth={"oauth": ODD.auth["oauth"]}, features=frozenset({"oauth"}))
    expected = by_suite(stub, [request(body())], target)
    pasted(shell, shown(request(body()), target))

    assert taken(stub) == expected
    assert expected[-1][2][TOKEN_HEADER.lower()] == TOKEN


READ_BACK = (("mobile", "4915177"), ("email", 'ö"7@x y'), ("externalId", "a b&c=d%'ü[1-3]{a,b}"))
SPECIAL = {
    "empty": request(b""),
    "get": Request("GET", spec.READ_BACK_PATH, READ_BACK, ()),
    "get with a type": Request("GET", spec.READ_BACK_PATH, READ_BACK),
    "delete": Request("DELETE", body=b"{}"),
    "no type": request(b"{}", headers=()),
    "empty header": request(b"{}", headers=(("Content-Type", ""), ("X-Odd", "it's \xe9 `$HOME` \\ !x"))),
    "at": request(b"@/etc/hostname"),
    "line breaks": request(b"\r\n\n{}\n\n"),
    "dash": request(b"-n\n"),
    "nul": request(b"a\0b\0"),
    "not utf-8": request(b"\xff\xfe{\0}\0'!%d\\n"),
    "byte order mark": request(b"\xef\xbb\xbf{}"),
    "exclamation mark": request(b'it\'s !! and "!1" !$'),
    "shell": request(b"$HOME `id` $(id) \\ \" ' %s # ; & | > * ~"),
    "placeholder": request(b"$known.0.mobile $$ $series.expired"),
    "large, with a customer": request(dumps({"customer": ODD.known[1], "x": "ü" * 9_000})),
    "indented, with a customer": request(json.dumps({"customer": ODD.known[0]}, indent=1).encode()),
    "huge": request(b'{"seriesId": "' + b"9" * 4_000_000 + b'"}'),
    "many keys": request(dumps({f"key{index}": index for index in range(100_000)})),
    "token": token_request(*ODD.auth["oauth"]),
    "token, wrong": token_request(ODD.auth["oauth"][0] + "x", ODD.auth["oauth"][1]),
}


@EACH_SHELL
@pytest.mark.parametrize("sent", SPECIAL.values(), ids=SPECIAL)
def test_a_special_request_is_sent_as_the_suite_sends_it(shell: Sequence[str], sent: Request, stub: Stub) -> None:
    target = at(stub)
    expected = by_suite(stub, [sent], target)
    pasted(shell, shown(sent, target))

    assert taken(stub) == expected


words = st.sampled_from([*values(ODD).values(), "'", '"', "\\", "$", "`", "!", "!!", "\n", "\0", "@", "%", "é", "💶"])
texts = st.lists(words | st.text(max_size=4), max_size=8).map("".join).map(lambda text: text.encode("utf-8", "replace"))
objects = st.dictionaries(words, words | st.integers(), max_size=3)
bodies = texts | objects.map(dumps) | objects.map(lambda value: json.dumps(value, indent=1).encode()) | st.binary()
headers = st.lists(
    st.tuples(st.from_regex(r"\AX-[A-Za-z0-9]{1,8}\Z"), st.from_regex(r"\A([!-~\xa0-\xff]([ -~]*[!-~])?)?\Z")),
    max_size=2,
    unique_by=lambda pair: pair[0].lower(),
).map(tuple)


@EACH_SHELL
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.builds(Request, body=bodies, headers=headers))
@example(sent=Request(body=b"!\\'!"))
def test_any_request_is_sent_as_the_suite_sends_it(shell: Sequence[str], stub: Stub, sent: Request) -> None:
    target = at(stub)
    if Template.from_request(sent, target, Mask.for_target(target)).complete:
        expected = by_suite(stub, [sent], target)
        pasted(shell, shown(sent, target))

        assert taken(stub) == expected


@EACH_SHELL
def test_a_text_that_is_indented_as_in_a_terminal_is_sent_as_well(shell: Sequence[str], stub: Stub) -> None:
    short = [sent for sent in SPECIAL.values() if len(sent.body or b"") < 100_000]  # an interactive bash is slow
    target = at(stub)
    expected = by_suite(stub, short, target)
    for sent in short:
        pasted(shell, "\n".join(f"    {line}" for line in shown(sent, target).splitlines()))

    assert taken(stub) == expected


# --- a target whose values may be secret ----------------------------------------------------------------------------

WANTED = re.compile(r'export (\w+)="\$\{\1:\?set it to (.*?) of the target file(, [^}]*)?\}"')
SECRETS = sorted({text for name, text in values(ODD).items() if not name.startswith("series.")})
WRITTEN: dict[str, Callable[[str], str]] = {
    "": str,
    ", as JSON escapes it": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    ", as JSON escapes it in ASCII": lambda text: json.dumps(text)[1:-1],
}


def filled_in(text: str, target: Target) -> dict[str, str]:
    """The variables that the lines ask for, with what they say that belongs there."""
    named = {f"customers.unknown.{name}": value for name, value in target.unknown.items()}
    for index, customer in enumerate(target.known):
        named |= {f"customers.known[{index}].{name}": value for name, value in customer.items()}
    for name in ("till", "no-access"):
        named |= dict(zip((f"auth.{name}.user", f"auth.{name}.password"), target.auth[name], strict=True))
    named |= dict(zip(("auth.oauth.key", "auth.oauth.secret"), target.auth["oauth"], strict=True))
    named |= {"auth.expired-token": target.expired_token or ""}
    return {name: WRITTEN[note](named[key]) for name, key, note in WANTED.findall(text)}


@pytest.mark.parametrize("who", OF_TARGET_FILE)
def test_filled_in_as_the_lines_say_it_is_sent_as_the_suite_sends_it(who: str, stub: Stub) -> None:
    sent = request({"customer": {**ODD.known[0], **ODD.known[1]}, "also": [ODD.unknown["mobile"]]}, who=who)
    target = in_public(stub)
    expected = by_suite(stub, [sent], target)
    text = shown(sent, target)
    pasted(SHELLS["sh"], text, filled_in(text, target))

    assert taken(stub) == expected


@EACH_SHELL
@pytest.mark.parametrize("who", ["till", "oauth"])
def test_not_filled_in_nothing_is_sent_and_the_key_is_named(shell: Sequence[str], who: str, stub: Stub) -> None:
    taken(stub)
    ended = pasted(shell, shown(request(body(customer=ODD.known[0]), who=who), in_public(stub)))

    assert (taken(stub), ended.returncode != 0) == ([], True)
    assert re.search(rb"set it to auth\.\w+\.\w+ of the target file", ended.stderr)


@pytest.mark.parametrize("who", CREDENTIALS)
@pytest.mark.parametrize(
    "target",
    [
        evolve(ODD, base_url="https://eu.api.example.com"),
        evolve(ODD, base_url="http://0.0.0.0:8080"),
        evolve(ODD, disposable=False, max_coupons=10),
    ],
    ids=["a host", "every address", "the end of a tunnel"],
)
def test_values_that_may_be_secret_are_not_printed(target: Target, who: str) -> None:
    query = tuple((name, text) for customer in target.known for name, text in customer.items())
    sent = Request(query=query, body=dumps({"customer": [*target.known, target.unknown]}), who=who)

    assert [text for text in SECRETS if text in shown(sent, target)] == []


def test_a_value_of_an_earlier_answer_has_to_be_set(stub: Stub) -> None:
    target, run = at(stub, TARGET), Run.against(TARGET, Transport(TARGET))
    run.mask.secret("CODE4711")
    text = curl(
        Template.from_request(Request("GET", spec.READ_BACK_PATH, (("code", "CODE4711"),)), target, run.mask), target
    )
    taken(stub)
    ended = pasted(SHELLS["sh"], text)

    assert (taken(stub), "CODE4711" in text) == ([], False)
    assert b"an earlier answer" in ended.stderr


# --- where it is shown ----------------------------------------------------------------------------------------------


@frozen
class Judged:
    """A sandbox that answers 756 in place of 677, judged: what the terminal, the page and replay show, and the curl."""

    printed: str
    page: str
    replayed: str
    curl: str


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    place = tmp_path_factory.mktemp("judged")
    with running_sandbox(["--fault", "code-677-is-756"]) as url:
        chosen = ("--target", url, "--results", str(place), "-k", "count-too-high and test_case")
        ended = [_ran("judge", *chosen), _ran("replay", f"{place / 'results.json'}#1", url, "--yes")]
        failure, *_ = json.loads((place / "results.json").read_text("utf-8"))["failures"]
        page = html.unescape((place / "results.html").read_text("utf-8"))
        yield Judged(ended[0], page, ended[1], failure["exchange"]["curl"])


def _ran(*arguments: str) -> str:
    command = [sys.executable, "-P", "-m", "coupon_contract", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False).stdout  # noqa: S603


@pytest.mark.parametrize("where", ["printed", "page", "replayed"])
def test_terminal_page_and_replay_show_the_same_commands(judged: Judged, where: str) -> None:
    shown_there = "\n".join(line.removeprefix("    ") for line in getattr(judged, where).splitlines())
    wanted = "\n".join(line.removeprefix("    ") for line in judged.curl.splitlines())

    assert wanted in shown_there


@EACH_SHELL
def test_the_commands_of_a_failure_get_the_answer_that_failed(judged: Judged, shell: Sequence[str]) -> None:
    answer = pasted(shell, judged.curl).stdout.decode()

    assert ("HTTP/1.1 200" in answer, '"code":756' in answer.replace(" ", "")) == (True, True), answer


# --- how it reads ---------------------------------------------------------------------------------------------------


def test_a_request_is_shown_with_the_number_of_its_series_and_its_customer_by_name() -> None:
    assert '\'{"seriesId":415446,"count":1,"customer":{"mobile":"\'"$KNOWN_0_MOBILE"\'"}}\'' in shown(
        request(body(customer=MOBILE)), TARGET
    )


def test_only_characters_that_can_be_read_are_printed() -> None:
    assert all(shown(sent, ODD).replace("\n", "").isprintable() for sent in SPECIAL.values())


def test_every_caller_of_the_suite_has_its_arguments() -> None:
    assert set(CREDENTIALS) == {*credentials.CALLERS}


def test_address_and_query_stand_in_one_pair_of_quotes() -> None:
    asked = Request("GET", spec.READ_BACK_PATH, (("mobile", MOBILE["mobile"]),), ())

    assert 'curl -X GET "$BASE_URL/v2/coupon?mobile=$KNOWN_0_MOBILE" ' in shown(asked, TARGET)


def test_a_value_of_an_earlier_answer_is_named_as_one_that_no_report_holds() -> None:
    asked = Request("GET", spec.READ_BACK_PATH, (("couponCodes", "PLANTED"),), ())
    text = shown(asked, TARGET)

    assert "set it to the code of an earlier answer, which no report holds; its test fills it in}" in text
    assert "PLANTED" not in text
