"""The text of NotSent when no connection came about: the server, and the reason."""

import logging
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from coupon_client import InvalidRequest, NotSent, OAuth
from coupon_client.base_url import checked, server_of
from coupon_client.connect_errors import reason
from coupon_client.testing import Script, lost
from tests.client.conftest import TILL, Issue, of


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port on which nobody listens: it is bound, and never accepts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("auth", [TILL, OAuth("key", "secret")], ids=["till", "oauth"])
def test_a_refused_connection_names_host_port_and_reason(issue: Issue, nobody: int, auth: object) -> None:
    error = of(issue(f"http://127.0.0.1:{nobody}/base", auth), NotSent)

    assert f"never sent to 127.0.0.1:{nobody}, after 1 attempt: connection refused" in str(error)


def chained(*errors: BaseException) -> BaseException:
    for outer, inner in pairwise(errors):
        outer.__cause__ = inner
    return errors[0]


UNTRUSTED = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
UNTRUSTED.verify_message = "self-signed certificate"
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
NO_TLS.reason = "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (chained(httpx.ConnectError("x"), ConnectionRefusedError(111, "CANARY")), "connection refused"),
        (chained(httpx.ConnectError("x"), OSError(113, "CANARY")), "no route to host"),
        (
            chained(httpx.ConnectError("x"), OSError("CANARY"), ExceptionGroup("x", [OSError(111, "x")])),
            "connection refused",
        ),
        (httpx.ConnectTimeout("CANARY"), "no connection in time"),
        (chained(httpx.ConnectError("x"), TimeoutError()), "no connection in time"),
        (httpx.PoolTimeout("CANARY"), "no connection in time"),
        (
            chained(httpx.ConnectError("x"), socket.gaierror(-2, "Name or service not known")),
            "the host name cannot be looked up (Name or service not known)",
        ),
        (
            chained(httpx.ConnectError("x"), UNTRUSTED),
            "the server's certificate is not accepted (self-signed certificate)",
        ),
        (chained(httpx.ConnectError("x"), NO_TLS), "no TLS with the server (WRONG_VERSION_NUMBER)"),
        (httpx.ProxyError("407 CANARY"), "the proxy made no connection (HTTP 407)"),
        (httpx.ProxyError("CANARY"), "the proxy made no connection"),
        (httpx.UnsupportedProtocol("CANARY"), "UnsupportedProtocol"),
    ],
)
def test_the_reason_is_in_words_and_repeats_no_text_of_a_server(error: BaseException, text: str) -> None:
    assert reason(error) == text


def test_a_chain_of_errors_that_ends_in_itself_has_a_reason_too() -> None:
    error = ValueError()
    error.__cause__ = error

    assert reason(error) == "ValueError"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://eu.api.example.com", "eu.api.example.com:443"),
        ("https://eu.api.example.com:/", "eu.api.example.com:443"),
        ("http://127.0.0.1", "127.0.0.1:80"),
        ("https://[2001:db8::1]", "[2001:db8::1]:443"),
        ("https://host:8443/base", "host:8443"),
    ],
)
def test_the_server_is_named_with_its_port(url: str, server: str) -> None:
    assert server_of(checked(url)) == server


OPERATIONS = [
    *("/v2/coupon/issue/multiple", "/v2/coupon/issue/multiple/", "/V2/Coupon/Issue/Multiple", "/base/v2/coupon/issue"),
    *("/v2", "/v2/", "/v2/coupon", "/v2/coupon/revoke", "/v2/customers/coupons", "/v3/oauth/token/generate", "/v3"),
    "/v2/coupon/issue/multiple/more",
]


@pytest.mark.parametrize("path", OPERATIONS)
def test_a_base_url_with_a_path_of_an_operation_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match=r"must end before /v\d/"):
        checked(f"https://eu.api.example.com{path}")


@pytest.mark.parametrize("path", ["", "/", "/base", "/base/v1", "/v20", "/coupon", "/coupon/v2x", "/v2/other"])
def test_a_base_url_with_another_path_is_taken(path: str) -> None:
    assert checked(f"https://eu.api.example.com{path}").startswith("https://eu.api.example.com")


def test_a_program_without_logging_gets_nothing_of_the_client_on_its_streams() -> None:
    program = """
from coupon_client import *
from coupon_client.testing import Script, lost
try:
    CouponClient("https://test.invalid", TillAuth("till", "x"), transport=Script(lost)).issue(1, Mobile("1"))
except OutcomeUnknown:
    pass
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert (done.stdout, done.stderr) == ("", "")


def test_a_program_with_logging_still_gets_the_outcome(issue: Issue, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "coupon_client"):
        issue(transport=Script(lost))

    assert "OutcomeUnknown" in caplog.text
