import ssl
import sys
import traceback
from functools import partial
from typing import Any, cast

import pytest

from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    CouponClientError,
    Customer,
    Email,
    ExternalId,
    InvalidRequest,
    Metadata,
    Mobile,
    OutcomeUnknown,
    TillAuth,
    Timeouts,
)
from coupon_client.testing import Script, lost
from tests.client.conftest import ABIJITH, NOWHERE, TILL, Issue, client_of, of

OTHER_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"count": 0}, "count must be 1 to 500"),
    ({"count": 501}, "count must be 1 to 500"),
    ({"count": True}, "count must be 1 to 500"),
    ({"count": 2.0}, "count must be 1 to 500"),
    ({"count": "2"}, "count must be 1 to 500"),
    ({"series_id": "415446"}, "series_id must be an integer"),
    ({"series_id": True}, "series_id must be an integer"),
    ({"series_id": 2**63}, "series_id must be an integer"),
    ({"series_id": [415446, 535521]}, "series_id must be an integer"),
    ({"customer": "11223569865"}, "customer must be a Customer"),
    ({"customer": {"mobile": "11223569865"}}, "customer must be a Customer"),
]


@pytest.mark.parametrize(("mistake", "text"), OTHER_MISTAKES)
def test_a_mistake_is_named_before_anything_is_sent(issue: Issue, mistake: dict[str, Any], text: str) -> None:
    script = Script()
    end = None
    try:
        end = issue(transport=script, **mistake)
    except CouponClientError as error:  # the conftest's `issue` returns them; constructors may raise
        end = error

    assert text in str(of(end, InvalidRequest))
    assert isinstance(end, ValueError)
    assert not script.requests


@pytest.mark.parametrize(
    "make", [Customer, partial(Mobile, ""), partial(Email, " "), partial(Customer, external_id=cast(str, 7))]
)
def test_a_customer_needs_an_identifier_that_is_a_text(make: Any) -> None:
    with pytest.raises(InvalidRequest):
        make()


@pytest.mark.parametrize("name", ["source_type", "source_id", "source_activity", "notes", "reason"])
def test_metadata_of_the_documented_length_is_taken_and_one_more_is_not(name: str) -> None:
    longest = 250 if name in ("notes", "reason") else 50
    Metadata(**{name: "x" * longest})

    with pytest.raises(InvalidRequest, match=f"metadata.{name} must be a text of at most {longest} characters"):
        Metadata(**{name: "x" * (longest + 1)})


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_call_without_a_timeout_cannot_be_configured(seconds: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Timeouts(read=seconds)


def test_timeouts_are_5_and_30_seconds_unless_set() -> None:
    assert (Timeouts().connect, Timeouts().read) == (5, 30)


BAD_URLS = ["eu.api.example.com", "ftp://eu.api.example.com", "", "https://", "https://host?x=1", "https://host#f"]
BAD_URLS += ["https://user:hunter2@host", "https://host ", "https://host:port", "https://h\u00f6st", "https://host?"]


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_base_url_that_cannot_be_one_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="for example https://") as caught:
        CouponClient(url, TILL)

    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_no_url_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "user:hunter2@proxy:3128")
    with pytest.raises(ValueError, match="http://host:port") as caught:
        CouponClient(NOWHERE, TILL)

    assert "hunter2" not in str(caught.value)


def kind_of(value: object) -> str:
    """Return a name for a value: pytest's own has all digits of a number."""
    return type(value).__name__


MISTAKEN_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"timeouts": 10}, "timeouts must be a Timeouts, for example"),
    ({"timeouts": None}, "timeouts must be a Timeouts, for example"),
    ({"auth": None}, "TillAuth"),
    ({"auth": ("a", "b")}, "TillAuth"),
    ({"auth": TillAuth}, "TillAuth"),
    ({"proxy": 5}, "such as http://host:port"),
    ({"proxy": b"http://host:3128"}, "such as http://host:port"),
    ({"key_field": []}, "key_field must be one of"),
    ({"key_field": None}, "key_field must be one of"),
    ({"allow_http": "false"}, "allow_http must be True or False"),
    ({"verify": "ca.pem"}, "verify must be an SSL context"),
    ({"verify": 1}, "verify must be an SSL context"),
    ({"transport": 5}, "transport must be an object with the methods"),
    ({"headers": [("a", "b")]}, "headers must be a mapping"),
    ({"attribution": "TILL"}, "attribution must be an Attribution"),
    ({"app": 5}, "app must be printable ASCII"),
]


@pytest.mark.parametrize("kind", [CouponClient, AsyncCouponClient])
@pytest.mark.parametrize(("mistake", "text"), MISTAKEN_SETTINGS)
def test_a_setting_of_another_type_is_refused_with_what_to_pass_instead(
    kind: Any, mistake: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        kind(**{"base_url": NOWHERE, "auth": TILL, **mistake})


@pytest.mark.parametrize(
    "limits", [{"connect": "5"}, {"total": None}, {"total": True}, {"connect": 0}, {"read": [1]}, {"read": 10**400}]
)
def test_a_time_limit_that_is_no_number_of_seconds_is_an_invalid_request(limits: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="for example Timeouts"):
        Timeouts(**limits)


@pytest.mark.parametrize("verify", [None, True, ssl.create_default_context()])
def test_a_verify_that_keeps_certificates_verified_is_taken(verify: Any) -> None:
    CouponClient(NOWHERE, TILL, verify=verify).close()


UNSENDABLE = ["canary\ud800", "\udfffcanary", "canary\0", "canary\x1b[2J", "\x08canary"]


@pytest.mark.parametrize("value", UNSENDABLE)
@pytest.mark.parametrize(
    "make", [Mobile, Email, ExternalId, lambda value: Metadata(notes=value), lambda value: Metadata(source_id=value)]
)
def test_a_text_that_no_encoding_holds_is_refused_and_not_repeated(make: Any, value: str) -> None:
    with pytest.raises(InvalidRequest, match="without lone surrogates") as caught:
        make(value)

    assert "canary" not in f"{caught.value!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("value", UNSENDABLE)
@pytest.mark.parametrize(
    "call",
    [
        lambda client, key: client.issue(415446, ABIJITH, key=key),
        lambda client, key: client.find(key, ABIJITH),
        lambda client, key: client.issue_once(key, 415446, ABIJITH, journal=cast(Any, None)),
        lambda client, key: client.audit(key, ABIJITH, journal=cast(Any, None)),
    ],
    ids=["issue", "find", "issue_once", "audit"],
)
def test_a_key_that_no_encoding_holds_is_refused_before_anything_is_sent(call: Any, value: str) -> None:
    client, script = client_of()
    with pytest.raises(InvalidRequest, match="a key must be without lone surrogates") as caught:
        call(client, value)

    assert "canary" not in str(caught.value)
    assert not script.requests


def test_metadata_may_have_several_lines() -> None:
    assert Metadata(notes="a\tb\r\nc").notes == "a\tb\r\nc"


@pytest.mark.parametrize("customer_id", [10**5000, 2**63, -5, True, "5", 5.0, None], ids=kind_of)
def test_only_a_64_bit_integer_from_0_on_is_read_back(customer_id: Any) -> None:
    client, script = client_of()
    with pytest.raises(InvalidRequest, match="customer_id must be a 64-bit integer from 0 on"):
        client.read_back(customer_id)

    assert not script.requests


MISTAKES_OF_RECONCILE: list[dict[str, Any]] = [
    *({"customer_id": value} for value in (10**5000, -5, "5", True)),
    *({"settle": value} for value in ("5", None, True, -1, float("nan"), 86_401)),
    {"before": "list"},
    {"generic": "no"},
    {"exclusive": "no"},
    {"unknown": "x"},
    {"unknown": None},
]


@pytest.mark.parametrize("mistake", MISTAKES_OF_RECONCILE)
@pytest.mark.parametrize("key", [None, "order-1"])
def test_reconcile_refuses_arguments_of_another_type_before_anything_is_sent(
    mistake: dict[str, Any], key: str | None
) -> None:
    client, script = client_of(lost)
    with pytest.raises(OutcomeUnknown) as caught:
        client.issue(415446, ABIJITH, key=key)
    with pytest.raises(InvalidRequest):
        client.reconcile(**{"unknown": caught.value, **mistake})

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("series_id", "codes"),
    [(10**5000, ["A1"]), (2**63, ["A1"]), (1, 5), (1, None), (1, (code for code in ("A1",))), (1, ["A\ud800"])],
    ids=kind_of,
)
def test_revoke_refuses_what_cannot_be_sent(series_id: Any, codes: Any) -> None:
    client, script = client_of()
    with pytest.raises(InvalidRequest):
        client.revoke(series_id, codes)

    assert not script.requests


@pytest.mark.parametrize("retries", [-1, 1.5, True])
def test_retries_are_a_number_from_0_on(retries: Any) -> None:
    with pytest.raises(ValueError, match="retries"):
        CouponClient(NOWHERE, TILL, retries=retries)


ODD_HOSTS = [
    *("https://a..b", "https://.a", f"https://{'a' * 64}.com", "https://" + ".".join(["a" * 60] * 5)),
    *("https://xn--zzzzzzzz99999", "https://xn--a", "https://-a.com", "https://a-.com", "https://%41.com"),
    *(
        "https://a,b",
        "https://256.1.1.1",
        "https://1.2.3",
        "https://[1.2.3.4]",
        "https://[::1",
        "https://[fe80::1%25e]",
    ),
    *("https://ho\\st", "https://host:99999", "https://host\x00", "https://\ud800", "https://xn--"),
]


@pytest.mark.parametrize("url", ODD_HOSTS)
def test_a_host_that_no_resolver_takes_is_refused_before_the_first_call(url: str) -> None:
    with pytest.raises(InvalidRequest, match="for example https://"):
        CouponClient(url, TILL)


@pytest.mark.parametrize(
    "url",
    [
        *("https://a_b.example.com", "https://localhost.", "https://xn--mnchen-3ya.de", "https://[2001:db8::1]:8443"),
        *("https://10.0.0.7", f"https://{'a' * 63}.com", "https://host/base/path/"),
    ],
)
def test_an_unusual_host_that_resolvers_take_is_taken(url: str) -> None:
    CouponClient(url, TILL).close()


@pytest.mark.parametrize(
    "host", ["10.0.0.7", "coupons.invalid", "localhost.example.com", "[2001:db8::1]", "127.example"]
)
def test_http_to_another_machine_is_refused_unless_it_is_allowed(host: str) -> None:
    with pytest.raises(InvalidRequest, match="allow_http=True"):
        CouponClient(f"http://{host}", TILL)
    with pytest.raises(InvalidRequest, match="allow_http=True"):
        AsyncCouponClient(f"http://{host}", TILL)

    CouponClient(f"http://{host}", TILL, allow_http=True).close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9:8080", "localhost", "shop.localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_http_to_this_machine_is_allowed(host: str) -> None:
    CouponClient(f"http://{host}", TILL).close()


@pytest.mark.parametrize(
    "setting", [{"key_field": "color"}, {"refusal_codes": {700}}, {"retries": -1}, {"proxy": "::"}]
)
def test_an_invalid_setting_is_an_invalid_request(setting: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        CouponClient(NOWHERE, TILL, **setting)


def test_verify_false_still_verifies_certificates() -> None:
    from coupon_client.transport import HttpxTransport, default_context

    given: Any = False
    transport = HttpxTransport("https://host", verify=given)

    assert transport._transport._pool._ssl_context is default_context()
    assert default_context().verify_mode == ssl.CERT_REQUIRED


def test_a_socks_proxy_without_its_package_is_an_invalid_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(InvalidRequest, match="socksio"):
        CouponClient(NOWHERE, TILL, proxy="socks5://user:hunter2@127.0.0.1:1080")


@pytest.mark.parametrize("proxy", ["http://a..b:3128", "http://hunter2\ud800:1", "http://[::1", "http://h:hunter2"])
def test_a_proxy_whose_host_cannot_be_one_is_refused_without_its_password(proxy: str) -> None:
    with pytest.raises(InvalidRequest, match="the proxy is not a URL") as caught:
        CouponClient(NOWHERE, TILL, proxy=proxy)

    assert "hunter2" not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__)
