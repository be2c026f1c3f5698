from pathlib import Path
from typing import Any

import pytest

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.reporting.curl import curl
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_file import TargetError, load
from coupon_contract.suite.template import Template

SECRET = "planted-secret-4711"

WHOLE = f"""
name = "staging"
base_url = "https://api.example.com/"
max_coupons = 300
[auth]
till = {{user = "till", password = "{SECRET}"}}
oauth = {{key = "{SECRET}-key", secret = "{SECRET}-secret"}}
expired-token = "{SECRET}-token"
[features]
oauth = true
[customers]
known = [{{mobile = "4711815", email = "known@example.com"}}]
unknown = {{mobile = "4711816"}}
[series]
ordinary = 1
limited-per-customer = {{id = 2, limit = 5}}
few-codes-left = {{id = 3, left = 4}}
[deviations]
count-too-high = {{reason = "answers 756", since = 2026-08-01}}
"""

COMPLAINTS = {
    "a key of no table": ('name = "staging"', 'nmae = "staging"', "nmae"),
    "a key of no credentials": ("[auth]", "[auth]\ntil = 1", "auth.til"),
    "a key of no till": ('user = "till"', 'user = "till", pass = "x"', "auth.till.pass"),
    "an unknown feature": ("oauth = true", "oath = true", "features.oath"),
    "a feature that is neither true nor false": ("oauth = true", 'oauth = "yes"', "features.oauth"),
    "a key of no customers": ("[customers]", "[customers]\nknow = []", "customers.know"),
    "an identifier of no customer": ("email =", "mail =", "customers.known[0].mail"),
    "an identifier of no unknown customer": ("unknown = {mobile", "unknown = {phone", "customers.unknown.phone"),
    "an identifier that is a number": ('mobile = "4711815"', "mobile = 4711815", "customers.known[0].mobile"),
    "an empty identifier": ('mobile = "4711815"', 'mobile = ""', "customers.known[0].mobile"),
    "a known customer without identifiers": ("known = [{", "known = [{}, {", "customers.known[0]"),
    "no known customer": ("known = [{", "known = [] #", "customers.known"),
    "a customer that is not a table": ("known = [{", 'known = ["somebody", {', "customers.known[0]"),
    "a state that is none": ("ordinary = 1", "ordinary = 1\nexhausted = 9", "series.exhausted"),
    "a state without an id": ("{id = 2, limit = 5}", "{limit = 5}", "series.limited-per-customer"),
    "a state whose id is text": ("ordinary = 1", 'ordinary = "1"', "series.ordinary"),
    "a state whose id is true": ("ordinary = 1", "ordinary = true", "series.ordinary"),
    "a key of no state": ("{id = 2, limit = 5}", "{id = 2, limit = 5, left = 1}", "series.limited-per-customer.left"),
    "a limit that is missing": ("{id = 2, limit = 5}", "2", "series.limited-per-customer"),
    "a number of codes that is missing": ("{id = 3, left = 4}", "{id = 3}", "series.few-codes-left"),
    "a limit below one": ("limit = 5", "limit = 0", "series.limited-per-customer.limit"),
    "customers that are not a list": ("known = [{", 'known = {mobile = "1"} # [{', "customers.known"),
    "an unknown customer that is known": (
        "unknown = {mobile = ",
        'unknown = {mobile = "4711815"} # ',
        "customers.unknown.mobile",
    ),
    "no ordinary series": ("ordinary = 1", "", "series.ordinary"),
    "two states with one id": ("ordinary = 1", "ordinary = 2", "series"),
    "no budget": ("max_coupons = 300", "", "max_coupons"),
    "a negative budget": ("max_coupons = 300", "max_coupons = -1", "max_coupons"),
    "a budget that is text": ("max_coupons = 300", 'max_coupons = "300"', "max_coupons"),
    "no address": ('base_url = "https://api.example.com/"', "", "base_url"),
    "an address without a scheme": ("https://api", "api", "base_url"),
    "an address of another scheme": ("https://api", "ftp://api", "base_url"),
    "an address that no one can read": ("https://api.example.com", "https://[api", "base_url"),
    "a port that is none": ("https://api.example.com", "https://api.example.com:99999", "base_url"),
    "a line break behind the address": ("https://api.example.com/", "https://api.example.com\\n", "base_url"),
    "a tab in the address": ("https://api.example.com", "https://api\\t.example.com", "base_url"),
    "a query that is empty": (".com/", ".com/?", "base_url"),
    "a fragment that is empty": (".com/", ".com#", "base_url"),
    "a host with an empty part": ("api.example.com", "api..example.com", "base_url"),
    "a host with too long a part": ("api.example.com", f"{'a' * 64}.example.com", "base_url"),
    "a host of signs": ("api.example.com", "ap\N{SNOWMAN}i.example.com", "base_url"),
    "a user in the address": ("https://", f"https://{SECRET}@", "base_url"),
    "a password in the address": ("https://", f"https://user:{SECRET}@", "base_url"),
    "a query in the address": (".com/", f".com/?token={SECRET}", "base_url"),
    "a till without a password": (f', password = "{SECRET}"', "", "auth.till.password"),
    "credentials that are not a table": (f'{{user = "till", password = "{SECRET}"}}', f'"{SECRET}"', "auth.till"),
    "a clause that is none": ("count-too-high", "count-too-hihg", "deviations.count-too-hihg"),
    "a skipped clause that is none": (
        "max_coupons = 300",
        'max_coupons = 300\nskip = [{clause = "count-maximun", reason = "x", until = 2026-12-31}]',
        "skip[0].clause",
    ),
    "a skipped clause without a day": (
        "max_coupons = 300",
        'max_coupons = 300\nskip = [{clause = "count-maximum", reason = "x"}]',
        "skip[0].until",
    ),
    "a skipped clause without a reason": (
        "max_coupons = 300",
        'max_coupons = 300\nskip = [{clause = "count-maximum", until = 2026-12-31}]',
        "skip[0].reason",
    ),
    "a skipped clause that is not a table": (
        "max_coupons = 300",
        'max_coupons = 300\nskip = ["count-maximum"]',
        "skip[0]",
    ),
    "a skipped clause that is a deviation": (
        "max_coupons = 300",
        'max_coupons = 300\nskip = [{clause = "count-too-high", reason = "x", until = 2026-12-31}]',
        "skip[0].clause",
    ),
    "a deviation without a day": (", since = 2026-08-01", "", "deviations.count-too-high.since"),
    "a deviation without a reason": ('reason = "answers 756", ', "", "deviations.count-too-high.reason"),
    "a day with a time": ("2026-08-01", "2026-08-01T00:00:00Z", "deviations.count-too-high.since"),
    "a day that is text": ("2026-08-01", '"2026-08-01"', "deviations.count-too-high.since"),
    "an id of 65 bits": ("ordinary = 1", f"ordinary = {2**64}", "series.ordinary"),
    "a negative id of 65 bits": ("ordinary = 1", f"ordinary = {-(2**64)}", "series.ordinary"),
    "a budget of 65 bits": ("max_coupons = 300", f"max_coupons = {2**64}", "max_coupons"),
    "an empty user in the address": ("https://", "https://@", "base_url"),
    "port 0": ("https://api.example.com", "https://api.example.com:0", "base_url"),
    "an empty user of a proxy": ("[auth]", 'proxy = "http://@p:1"\n[auth]', "proxy"),
    "a variable with a hyphen": ('key = "planted', 'key = "${A-B}planted', "auth.oauth.key"),
    "a variable without an end": ("[auth]", '[headers]\nX-Y = "${Z"\n[auth]', "headers.X-Y"),
    "an empty port": ("https://api.example.com", "https://api.example.com:", "base_url"),
    "a colon in the name of a till": ('user = "till"', 'user = "ti:ll"', "auth.till.user"),
    "a control character in the name of a till": ('user = "till"', 'user = "ti\\u001bll"', "auth.till.user"),
    "a control character in a key": ('key = "planted', 'key = "\\u0085planted', "auth.oauth.key"),
    "a control character in the name": ('name = "staging"', 'name = "\\u001b[2J"', "name"),
    "a text that turns around in the name": ('name = "staging"', 'name = "\\u202egnigats"', "name"),
    "a variable in the name": ('name = "staging"', 'name = "${PLANTED}"', "name"),
    "a variable in a customer": ('"4711815"', '"${PLANTED}"', "customers.known[0].mobile"),
    "a variable in a deviation": ('"answers 756"', '"${PLANTED}"', "deviations.count-too-high.reason"),
    "a variable beside other text": ("https://api.example.com", "https://${PLANTED}", "base_url"),
    "a header that is not a name": ("[auth]", '[headers]\n"X Y" = "z"\n[auth]', "headers.X Y"),
    "a line break in a header": ("[auth]", '[headers]\nX-Y = "z\\r\\nX-Z: 1"\n[auth]', "headers.X-Y"),
    "a header outside ASCII": ("[auth]", '[headers]\nX-Y = "ü"\n[auth]', "headers.X-Y"),
    "an empty header": ("[auth]", '[headers]\nX-Y = ""\n[auth]', "headers.X-Y"),
    "credentials in a header": ("[auth]", '[headers]\nauthorization = "z"\n[auth]', "headers.authorization"),
    "a length in a header": ("[auth]", '[headers]\nContent-Length = "0"\n[auth]', "headers.Content-Length"),
    "a header twice": ("[auth]", '[headers]\nX-Y = "z"\nx-y = "z"\n[auth]', "headers.x-y"),
    "a proxy of another scheme": ("[auth]", 'proxy = "socks5://p:1"\n[auth]', "proxy"),
    "a proxy with a path": ("[auth]", 'proxy = "http://p:1/x"\n[auth]', "proxy"),
    "a proxy with an empty port": ("[auth]", 'proxy = "http://p:"\n[auth]', "proxy"),
    "no requests per second": ("[auth]", "requests_per_second = 0\n[auth]", "requests_per_second"),
    "requests per second without end": ("[auth]", "requests_per_second = inf\n[auth]", "requests_per_second"),
    "requests per second as text": ("[auth]", 'requests_per_second = "5"\n[auth]', "requests_per_second"),
    "a file of authorities that is not there": ("[auth]", 'ca_file = "nowhere.pem"\n[auth]', "ca_file"),
    "a file of authorities that holds none": ("[auth]", 'ca_file = "staging.toml"\n[auth]', "ca_file"),
    "a certificate that is none": ("[auth]", 'client_certificate = "staging.toml"\n[auth]', "client_certificate"),
    "a key without a certificate": ("[auth]", 'client_key = "staging.toml"\n[auth]', "client_key"),
    "a key of no deviation": ("since = 2026-08-01", "since = 2026-08-01, until = 1", "deviations.count-too-high.until"),
}


def _load(tmp_path: Path, text: str, **environment: str) -> Target:
    file = tmp_path / "staging.toml"
    file.write_text(text, encoding="utf-8")
    return load(str(file), environment)


def _complaint(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(TargetError) as raised:
        _load(tmp_path, text, **environment)
    return str(raised.value)


def test_a_whole_target_file_is_read(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE)

    assert (target.name, target.base_url, target.max_coupons, target.disposable) == (
        "staging",
        "https://api.example.com",
        300,
        False,
    )


@pytest.mark.parametrize(("old", "new", "key"), COMPLAINTS.values(), ids=COMPLAINTS)
def test_a_complaint_names_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    complaint = _complaint(tmp_path, WHOLE.replace(old, new, 1))

    assert complaint.startswith(f"{tmp_path}/staging.toml: {key}: ")


@pytest.mark.parametrize(("old", "new", "key"), COMPLAINTS.values(), ids=COMPLAINTS)
def test_no_complaint_shows_a_secret(tmp_path: Path, old: str, new: str, key: str) -> None:
    complaint = _complaint(tmp_path, WHOLE.replace(old, new, 1))

    assert SECRET not in complaint


def test_a_file_that_is_nested_beyond_reason_is_a_complaint(tmp_path: Path) -> None:
    assert "nested too deeply" in _complaint(tmp_path, "a = " + "[" * 20_000 + "]" * 20_000)


def test_a_key_that_is_long_beyond_reason_is_a_complaint(tmp_path: Path) -> None:
    assert "longer than" in _complaint(tmp_path, f'{WHOLE}\n[headers.{"x" * 90_000}]\ny = "z"')


def test_an_auth_table_without_credentials_is_a_complaint(tmp_path: Path) -> None:
    start, rest = WHOLE.split("[auth]")
    complaint = _complaint(tmp_path, start + "[auth]\n[features]" + rest.split("[features]")[1])

    assert ": auth: " in complaint


def test_an_oauth_client_alone_is_enough(tmp_path: Path) -> None:
    target = _load(tmp_path, "\n".join(line for line in WHOLE.splitlines() if not line.startswith("till")))

    assert list(target.auth) == ["oauth"]


def test_an_oauth_client_alone_needs_the_feature(tmp_path: Path) -> None:
    text = "\n".join(line for line in WHOLE.splitlines() if not line.startswith("till"))

    assert ": features.oauth: must be true" in _complaint(tmp_path, text.replace("oauth = true", "oauth = false"))


def test_an_id_in_quotes_is_told_to_be_without(tmp_path: Path) -> None:
    assert "without quotes" in _complaint(tmp_path, WHOLE.replace("ordinary = 1", 'ordinary = "1"'))


def test_a_variable_that_is_not_set_is_named_with_file_and_key(tmp_path: Path) -> None:
    complaint = _complaint(tmp_path, WHOLE.replace(SECRET, "${TILL_PASSWORD}", 1))

    assert all(part in complaint for part in ("staging.toml", "auth.till.password", "TILL_PASSWORD"))


def test_a_variable_in_a_list_is_named_with_its_place(tmp_path: Path) -> None:
    complaint = _complaint(tmp_path, WHOLE.replace("4711815", "${MOBILE}"))

    assert "customers.known[0].mobile" in complaint


def test_a_variable_is_replaced_by_its_value(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE.replace(SECRET, "${TILL_PASSWORD}", 1), TILL_PASSWORD="from the environment")

    assert target.auth["till"] == ("till", "from the environment")


def test_what_a_variable_holds_is_not_shown_in_a_complaint(tmp_path: Path) -> None:
    text = WHOLE.replace("4711815", "${MOBILE}").replace("ordinary = 1", "")
    complaint = _complaint(tmp_path, text, MOBILE=SECRET)

    assert SECRET not in complaint


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"name = 'a'\nname = 'b'"])
def test_a_file_that_is_not_toml_is_a_complaint(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)

    with pytest.raises(TargetError, match=r"broken\.toml: is not TOML"):
        load(str(file), {})


def test_a_line_that_is_not_toml_is_not_shown(tmp_path: Path) -> None:
    complaint = _complaint(tmp_path, f'password = "{SECRET}" {SECRET}')

    assert SECRET not in complaint


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_file_that_cannot_be_read_is_a_complaint(tmp_path: Path, name: str) -> None:
    with pytest.raises(TargetError, match="cannot be read"):
        load(str(tmp_path / name), {})


@pytest.mark.parametrize("host", ["api.example.com", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com"])
def test_an_address_alone_is_refused_for_other_machines(host: str) -> None:
    with pytest.raises(TargetError, match="write a target file"):
        load(f"https://{host}", {})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_a_loopback_address_alone_is_a_sandbox(url: str) -> None:
    target = load(url, {})

    assert (target.base_url, target.disposable) == (url, True)


def test_a_password_in_an_address_on_the_command_line_is_not_shown() -> None:
    with pytest.raises(TargetError) as raised:
        load(f"https://user:{SECRET}@api.example.com", {})

    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("url", ["http://[127.0.0.1", "http://127.0.0.1:port", "http://127.0.0.1:99999"])
def test_an_address_that_no_one_can_read_is_a_complaint(url: str) -> None:
    with pytest.raises(TargetError):
        load(url, {})


def test_another_machine_needs_no_budget_when_it_is_disposable(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE.replace("max_coupons = 300", "disposable = true"))

    assert target.max_coupons is None


def test_a_file_for_loopback_is_not_disposable_unless_it_says_so(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE.replace("https://api.example.com", "http://127.0.0.1:1"))

    assert not target.disposable  # it may be the end of a tunnel to staging


def test_a_feature_set_to_false_is_not_offered(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE.replace("oauth = true", "oauth = false\nread-back = true"))

    assert target.features == {"read-back"}


def test_a_state_has_its_number(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE)

    assert (target.series["limited-per-customer"].number, target.series["few-codes-left"].number) == (5, 4)


@pytest.mark.parametrize("shown", [repr, str, "{!r}".format])
def test_no_secret_and_no_customer_is_in_the_representation(tmp_path: Path, shown: Any) -> None:
    text = shown(_load(tmp_path, WHOLE))

    assert not any(planted in text for planted in (SECRET, "4711815", "4711816", "known@example.com"))


NUMBERS = {"an id": "ordinary = 1", "a limit": "limit = 5", "a budget": "max_coupons = 300"}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_number_of_5000_digits_is_a_complaint(tmp_path: Path, number: str) -> None:
    complaint = _complaint(tmp_path, WHOLE.replace(number, number.rpartition(" ")[0] + " " + "7" * 5_000))

    assert "at most 64 bits" in complaint


@pytest.mark.parametrize("depth", [900, 5_000])
@pytest.mark.parametrize("place", ["{}", "auth.{}", "series.ordinary.{}", "headers.{}", "customers.unknown.{}"])
def test_a_key_of_many_dots_is_a_complaint(tmp_path: Path, place: str, depth: int) -> None:
    assert _complaint(tmp_path, place.format(".".join("a" * depth)) + " = 1\n")


def test_a_file_that_is_too_large_is_a_complaint(tmp_path: Path) -> None:
    assert "larger than" in _complaint(tmp_path, WHOLE + "#" * 200_000)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert _load(tmp_path, "\ufeff" + WHOLE).name == "staging"


def test_all_missing_variables_are_reported_at_once_with_their_keys(tmp_path: Path) -> None:
    text = WHOLE.replace(SECRET, "${PASSWORD}", 1).replace(f"{SECRET}-key", "${KEY}")
    complaint = _complaint(tmp_path, text.replace("https://api.example.com/", "${ADDRESS}"))

    places = {"PASSWORD": "auth.till.password", "KEY": "auth.oauth.key", "ADDRESS": "base_url"}
    assert all(f"{variable} (in {key})" in complaint for variable, key in places.items())


REPLACED = {
    "a part under [auth]": (f'password = "{SECRET}"', 'password = "x-${PLANTED}"'),
    "a header": ("[auth]", '[headers]\nX-Y = "${PLANTED}"\n[auth]'),
    "a whole address": ("https://api.example.com/", "${PLANTED}"),
    "a whole proxy": ("[auth]", 'proxy = "${PLANTED}"\n[auth]'),
}


@pytest.mark.parametrize(("old", "new"), REPLACED.values(), ids=REPLACED)
def test_a_value_from_the_environment_is_masked_everywhere(tmp_path: Path, old: str, new: str) -> None:
    planted = "http://planted.example.com:81"
    target = _load(tmp_path, WHOLE.replace(old, new, 1), PLANTED=planted)

    assert planted in target.secrets
    assert planted not in Mask.for_target(target).text(f"sent to {planted} just now")
    assert planted not in curl(Template.from_request(Request(), target, Mask.for_target(target)), target)


def test_the_address_of_a_disposable_target_on_loopback_stays_in_commands(tmp_path: Path) -> None:
    text = WHOLE.replace("https://api.example.com/", "${ADDRESS}").replace("max_coupons = 300", "disposable = true")
    target = _load(tmp_path, text, ADDRESS="http://127.0.0.1:81")

    assert "http://127.0.0.1:81" in curl(Template.from_request(Request(), target, Mask.for_target(target)), target)


def test_headers_are_read_in_their_order(tmp_path: Path) -> None:
    headers = '[headers]\nX-CAP-API-ATTRIBUTION-ENTITY-TYPE = "TILL"\nUser-Agent = "nightly"\n[auth]'
    target = _load(tmp_path, WHOLE.replace("[auth]", headers))

    assert target.headers == (("X-CAP-API-ATTRIBUTION-ENTITY-TYPE", "TILL"), ("User-Agent", "nightly"))


def test_the_password_of_a_proxy_is_masked(tmp_path: Path) -> None:
    target = _load(tmp_path, WHOLE.replace("[auth]", f'proxy = "http://me:{SECRET}-proxy@p:1"\n[auth]'))

    assert f"{SECRET}-proxy" not in Mask.for_target(target).text(f"407 for {SECRET}-proxy")


def test_files_of_certificates_are_of_no_use_without_tls(tmp_path: Path) -> None:
    text = WHOLE.replace("https://", "http://").replace("[auth]", 'ca_file = "staging.toml"\n[auth]')

    assert "base_url is not https" in _complaint(tmp_path, text)
