"""The gate: a request that no test of the suite sends reaches no target, whatever it is and wherever it comes from."""

import gzip
import json
import zlib
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.suite.exchange import JSON_HEADERS, Headers, Request, Response, dumps
from coupon_contract.suite.permitted import NOT_JSON_TYPES, NOT_UTF_8, OTHER_METHODS
from coupon_contract.suite.transport import Forbidden, Transport, token_request
from tests.suite.conftest import TARGET, Sent, body, fake_wire, response

Json = Any
ISSUE = spec.ISSUE_PATH
BODY = dumps(body(count=1))

PATHS = {
    "another path": "/v2/coupons",
    "the control API of the sandbox": "/__sandbox/reset",
    "percent-encoded": "/v2/coupon/issue/mult%69ple",
    "percent-encoded twice": "/v2/coupon/issue/mult%2569ple",
    "percent-encoded slash": "/v2/coupon/issue%2fmultiple",
    "query": ISSUE + "?x=1",
    "empty query": ISSUE + "?",
    "fragment": ISSUE + "#x",
    "parameters": ISSUE + ";x=1",
    "parent segment": "/x/.." + ISSUE,
    "encoded parent segment": "/x/%2e%2e" + ISSUE,
    "dot segment": "/v2/coupon/issue/./multiple",
    "double slash": "/v2/coupon//issue/multiple",
    "leading double slash": "/" + ISSUE,
    "trailing slash": ISSUE + "/",
    "trailing space": ISSUE + " ",
    "backslash": "/v2\\coupon\\issue\\multiple",
    "tab": "/v2/coupon/issue/\tmultiple",
    "new line": ISSUE + "\n",
    "a second request line": ISSUE + " HTTP/1.1\r\nX: y\r\n\r\nPOST " + ISSUE,
    "NUL": ISSUE + "\0",
    "upper case": ISSUE.upper(),
    "full-width letter": "/v2/coupon/issue/multipl\uff45",
    "relative": ISSUE[1:],
    "empty": "",
    "address": "http://127.0.0.1:1" + ISSUE,
    "another host": "//elsewhere.invalid" + ISSUE,
    "user information": "@elsewhere.invalid" + ISSUE,
    "a longer host name": ".elsewhere.invalid" + ISSUE,
    "a port": ":80" + ISSUE,
    "a placeholder": "/$auth.till.password" + ISSUE,
}
METHODS = [
    *(
        "HEAD",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PURGE",
        "M-SEARCH",
        "PROPFIND",
        "QUERY",
        "post",
        "Post",
        "POST ",
        " POST",
    ),
    *("POST\t", "POST\n", "", "GET / HTTP/1.1\r\n\r\nPOST", "P\u039fST", "get"),
]
CALLERS = ["", "Caller", "caller ", "root", "till,oauth", "tills", "$auth.till.user", "\0"]
HEADERS: dict[str, Headers] = {
    "another host": (*JSON_HEADERS, ("Host", "elsewhere.invalid")),
    "chunks": (*JSON_HEADERS, ("Transfer-Encoding", "chunked")),
    "another length": (*JSON_HEADERS, ("Content-Length", "0")),
    "another method": (*JSON_HEADERS, ("X-HTTP-Method-Override", "POST")),
    "another address": (*JSON_HEADERS, ("X-Original-URL", ISSUE)),
    "compressed": (*JSON_HEADERS, ("Content-Encoding", "gzip")),
    "credentials": (*JSON_HEADERS, ("Authorization", "Basic eDp5")),
    "a token": (*JSON_HEADERS, (TOKEN_HEADER, "x")),
    "a cookie": (*JSON_HEADERS, ("Cookie", "a=b")),
    "another connection": (*JSON_HEADERS, ("Connection", "keep-alive, X-Odd"), ("X-Odd", "y")),
    "given twice": (*JSON_HEADERS, *JSON_HEADERS),
    "another charset": (("Content-Type", "application/json; charset=utf-16"),),
    "a charset of seven bits": (("Content-Type", "application/json; charset=utf-7"),),
    "a name in another case": (("content-type", "application/json"),),
    "a header inside a value": (("Content-Type", "application/json\r\nHost: elsewhere.invalid"),),
    "a header inside a name": (("Content-Type: application/json\r\nHost", "elsewhere.invalid"),),
    "outside latin-1": (("Content-Type", "\u20ac"),),
}
ANYTHING = evolve(TARGET, disposable=True, max_coupons=None)
CAREFUL = evolve(TARGET, disposable=False, max_coupons=10**6)
COMPANIONS = {
    "a token request with a query": evolve(token_request("k", "s"), query=(("a", "b"),)),
    "a token request of a till": evolve(token_request("k", "s"), who="till"),
    "a token request with another method": evolve(token_request("k", "s"), method="PUT"),
    "a token request with other fields": Request(path=spec.TOKEN_PATH, body=BODY, who="nobody"),
    "a token request with a list": Request(path=spec.TOKEN_PATH, body=b"[]", who="nobody"),
    "a token request with a number": Request(path=spec.TOKEN_PATH, body=b'{"key": 1}', who="nobody"),
    "a token request that is not JSON": Request(path=spec.TOKEN_PATH, body=b"{", who="nobody"),
    "read-back with a body": Request("GET", spec.READ_BACK_PATH, headers=(), body=b"{}"),
    "read-back with a method that may change something": Request("DELETE", spec.READ_BACK_PATH, headers=()),
    "read-back with another parameter": Request("GET", spec.READ_BACK_PATH, (("mobile", "1"),), headers=()),
    "read-back with headers": Request("GET", spec.READ_BACK_PATH),
    "read-back of another caller": Request("GET", spec.READ_BACK_PATH, headers=(), who="no-access"),
    "GET with a body": Request("GET", body=BODY),
    "a query of the issuing operation": Request(query=(("count", "500"),), body=BODY),
    "another method of another caller": Request("PUT", body=BODY, who="nobody"),
    "another method with another type": Request("PUT", headers=(("Content-Type", NOT_JSON_TYPES[0]),), body=BODY),
    "a body larger than any of the suite": Request(body=b" " * 8_000_001),
}
FORBIDDEN = (
    {f"path: {name}": Request(path=path, body=BODY) for name, path in PATHS.items()}
    | {f"path of read-back: {name}": Request("GET", path, headers=()) for name, path in PATHS.items()}
    | {f"method: {method!r}": Request(method, body=BODY) for method in METHODS}
    | {f"caller: {who!r}": Request(body=BODY, who=who) for who in CALLERS}
    | {f"headers: {name}": Request(headers=headers, body=BODY) for name, headers in HEADERS.items()}
    | COMPANIONS
)


def noting(sent: list[Sent]) -> Any:
    def note(request: Sent) -> Response:
        sent.append(request)
        return response({"data": {"accessToken": "x"}})

    return fake_wire(note)


@pytest.mark.parametrize("target", [ANYTHING, CAREFUL], ids=["disposable", "not disposable"])
@pytest.mark.parametrize("request_", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_the_suite_never_sends_is_forbidden_and_not_sent(request_: Request, target: Any) -> None:
    sent: list[Sent] = []
    with Transport(target, noting(sent)) as transport, pytest.raises(Forbidden):
        transport.send(request_)

    assert sent == []


def test_no_token_is_fetched_for_a_forbidden_request() -> None:
    sent: list[Sent] = []
    with Transport(evolve(ANYTHING, auth={"oauth": ("k", "s")}), noting(sent)) as transport, pytest.raises(Forbidden):
        transport.send(Request(path="/elsewhere"))

    assert sent == []


OTHER_ENCODINGS = {
    "utf-16": BODY.decode().encode("utf-16"),
    "utf-16-le": BODY.decode().encode("utf-16-le"),
    "utf-16-be": BODY.decode().encode("utf-16-be"),
    "utf-32": BODY.decode().encode("utf-32"),
    "EBCDIC": BODY.decode().encode("cp037") + b"\xff",
    "gzip": gzip.compress(BODY),
    "zlib": zlib.compress(BODY),
    "NUL": BODY + b"\0",
    "half of a sequence": BODY + b"\xc3",
}


@pytest.mark.parametrize("sent", OTHER_ENCODINGS.values(), ids=OTHER_ENCODINGS)
def test_a_body_that_is_not_utf_8_goes_to_disposable_targets_only(sent: bytes) -> None:
    with Transport(CAREFUL, noting([])) as careful, pytest.raises(Forbidden, match="not UTF-8"):
        careful.send(Request(body=sent))
    with Transport(ANYTHING, noting([])) as anything:
        anything.send(Request(body=sent))


@pytest.mark.parametrize("sent", NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_the_bytes_of_the_suite_s_own_tests_go_to_any_target(sent: bytes) -> None:
    seen: list[Sent] = []
    with Transport(CAREFUL, noting(seen)) as transport:
        transport.send(Request(body=sent))

    assert [request.body for request in seen] == [sent]


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_other_methods_are_sent_to_the_issuing_operation(method: str) -> None:
    seen: list[Sent] = []
    with Transport(CAREFUL, noting(seen)) as transport:
        transport.send(Request(method, body=b"" if method == "GET" else BODY))

    assert [(request.method, request.path) for request in seen] == [(method, ISSUE)]


def test_a_request_outside_the_gate_is_told_without_its_content() -> None:
    with Transport(ANYTHING, noting([])) as transport, pytest.raises(Forbidden) as problem:
        transport.send(Request("PLANTED", "/planted", (("planted", "planted"),), (("planted", "planted"),), b"planted"))

    assert "planted" not in json.dumps(str(problem.value)).lower()
