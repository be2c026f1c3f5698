"""The seed: what ours holds, and what a wrong one is told."""

import tomllib
from pathlib import Path

import pytest

from coupon_contract.sandbox import Seed, SeedError, load_seed
from coupon_contract.spec import DIRECTORY

CUSTOMER = """
[[customers]]
id = 1
first_name = "A"
last_name = "B"
auto_update_time = "2024-08-20T09:57:15Z"
identifiers = {mobile = "1"}
"""
MINIMAL = """
tills = [{user = "t", password = "p"}]
customers = []
series = [{id = 1, state = "ordinary"}]
"""


def load(path: Path, text: str) -> Seed:
    path.write_text(text)
    return load_seed(path)


TARGET = tomllib.loads((DIRECTORY / "targets" / "sandbox.toml").read_text())


def test_our_seed_has_the_series_of_the_target_file(seed: Seed) -> None:
    named = {entry["id"] if isinstance(entry, dict) else entry for entry in TARGET["series"].values()}

    assert named - {TARGET["series"]["invalid"]} == {series.id for series in seed.series}


def test_our_seed_has_the_customers_of_the_target_file(seed: Seed) -> None:
    held = [{kind: value.lstrip("0") for kind, value in customer.identifiers.items()} for customer in seed.customers]

    assert all(any(known.items() <= customer.items() for customer in held) for known in TARGET["customers"]["known"])


def test_our_seed_has_the_documented_customers(seed: Seed) -> None:
    external_ids = {customer.id: customer.identifiers.get("externalId") for customer in seed.customers}
    documented = {555567088: "000003873472", 374658850: "x918028464628", 555567090: None}

    assert external_ids.items() >= documented.items()


def test_a_minimal_seed_is_enough(tmp_path: Path) -> None:
    assert load(tmp_path / "s.toml", MINIMAL).series[0].id == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (MINIMAL.replace('user = "t"', 'user = "a:b"'), r"tills\[0\].user: holds a colon"),
        (MINIMAL + "oauth = {ttl_seconds = 9223372036854775807}", "oauth.ttl_seconds: must be"),
        (MINIMAL.replace("id = 1,", "id = 1, already_issued = 9223372036854775807,"), "already_issued: must be"),
        (MINIMAL + "sereis = []", "sereis"),
        (MINIMAL.replace("state", "sate"), "sate"),
        (MINIMAL.replace(', state = "ordinary"', ""), "state"),
        (MINIMAL.replace("id = 1", 'id = "1"'), r"series\[0\]\.id"),
        (MINIMAL.replace("id = 1", "id = 0"), r"series\[0\]\.id"),
        (MINIMAL.replace("id = 1", "id = 9223372036854775808"), "series|integer"),
        (MINIMAL.replace('{id = 1, state = "ordinary"}', '{id = 1, state = "a"}, {id = 1, state = "b"}'), "series.1."),
        (MINIMAL.replace("id = 1", 'id = 1, generic_code = "G", uploaded = {}'), "generic_code.*uploaded"),
        (MINIMAL.replace("id = 1", 'id = 1, uploaded = {codes = ["A", "A"]}'), "uploaded.codes"),
        (MINIMAL.replace("id = 1", "id = 1, expires = 2024-01-01T00:00:00"), r"series\[0\]\.expires"),
        (MINIMAL.replace("id = 1", "id = 1, generated = {length = 2}"), r"generated\.length"),
        (MINIMAL.replace("customers = []\n", "") + CUSTOMER + CUSTOMER.replace("id = 1", "id = 2"), "customers.1."),
        (MINIMAL.replace("customers = []\n", "") + CUSTOMER.replace("mobile", "fax"), r"identifiers\.fax"),
        ("tills = [", "TOML"),
        ("", "tills"),
    ],
)
def test_a_wrong_seed_is_told_the_file_and_the_key(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SeedError, match=rf"s\.toml: .*(?:{named})"):
        load(tmp_path / "s.toml", text)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=r"gone\.toml: cannot be read"):
        load_seed(tmp_path / "gone.toml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(b"\xff")

    with pytest.raises(SeedError, match=r"s\.toml: is not UTF-8"):
        load_seed(tmp_path / "s.toml")


def test_external_ids_that_differ_in_padding_are_the_same_customer(tmp_path: Path) -> None:
    first = CUSTOMER.replace('mobile = "1"', 'externalId = "07"')
    second = CUSTOMER.replace("id = 1", "id = 2").replace('mobile = "1"', 'externalId = "7"')

    with pytest.raises(SeedError, match=r"customers\[1\]\.identifiers\.externalId"):
        load(tmp_path / "s.toml", MINIMAL.replace("customers = []\n", "") + first + second)


ONE_CUSTOMER = MINIMAL.replace("customers = []\n", "") + CUSTOMER


def with_series(more: str) -> str:
    return MINIMAL.replace("id = 1", f"id = 1, {more}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MINIMAL + "sereis = []", "sereis: is not a key here; did you mean series?"),
        (MINIMAL + "zzz = []", "zzz: is not a key here; write one of tills, customers, series, oauth"),
        (with_series("zzz = 1"), "series[0].zzz: is not a key here; write one of id, state, config,"),
        (MINIMAL.replace("id = 1, ", ""), "series[0].id: is missing; write a whole number"),
        (MINIMAL.replace("id = 1", "id = 0"), "series[0].id: must be a whole number, at least 1"),
        (MINIMAL.replace("id = 1", 'id = "1"'), "series[0].id: must be a whole number, not a text in quotes"),
        (MINIMAL.replace('"t"', '""'), "tills[0].user: must not be empty"),
        (with_series('generated = {alphabet = "digit"}'), "alphabet: is none of these; did you mean digits?"),
        (with_series("config = {discountValue = '4'}"), "discountValue: must be a number, not a text in quotes"),
        *(
            (with_series(f"config = {{{name} = {number}}}"), f"config.{name}: must be a {kind}number, at most 9007")
            for name in ("discountValue", "discountUpto")
            for number, kind in (("inf", ""), ("1e400", ""), ("1" + "0" * 30, "whole "))
        ),
        (with_series("expires = 2024-01-01"), "expires: must be a moment with its offset from UTC, such as"),
        (with_series("expires = 9999-12-31T23:59:59-01:00"), "expires: must be in the years 2 to 9998"),
        (with_series('generic_code = "a\\u0000"'), "series[0].generic_code: holds NUL or half a character"),
        (
            with_series('generic_code = "G", uploaded = {}'),
            "has generic_code and uploaded; a series has",
        ),
        (
            ONE_CUSTOMER.replace("mobile", "fax"),
            "customers[0].identifiers.fax: is not a key here; write one of",
        ),
        (
            ONE_CUSTOMER.replace("mobile", "emial"),
            "customers[0].identifiers.emial: is not a key here; did you mean",
        ),
        (ONE_CUSTOMER.replace('"1"', "1"), "customers[0].identifiers.mobile: must be a text in quotes, not a whole"),
        (ONE_CUSTOMER.replace('"1"', '"1", email = ""'), "customers[0].identifiers.email: must not be empty"),
        (with_series("config = {customPropertyMap = {a = '', b = 1}}"), "customPropertyMap.b: must be a text"),
        (MINIMAL + '"a - at `$.b[...]`" = 1', "a - at `$.b[...]`: is not a key here; write one of tills,"),
        (MINIMAL + '"a - at b[...]" = 1', "a - at b[...]: is not a key here; write one of tills,"),
        (with_series('"a - at `$.b[...]`" = 1'), "series[0].a - at `$.b[...]`: is not a key here; write one of id,"),
        (ONE_CUSTOMER.replace("2024-08", "2024/08"), "auto_update_time: must be a text such as 2024-08-20T09:57:15Z"),
        (ONE_CUSTOMER.replace('mobile = "1"', ""), "customers[0].identifiers: must not be empty"),
        (
            ONE_CUSTOMER.replace("2024-08", "2024-13"),
            "customers[0].auto_update_time: is not a moment; write one such as",
        ),
        (MINIMAL + "oauth = 3", "oauth: must be a table, { … }, not a whole number"),
    ],
)
def test_a_mistake_is_told_with_what_to_write_instead(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SeedError) as error:
        load(tmp_path / "s.toml", text)

    assert told in str(error.value)
