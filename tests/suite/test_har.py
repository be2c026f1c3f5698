"""A recording is read entry by entry, without secrets; what shows nothing is left out with the reason."""

import base64
from pathlib import Path
from typing import Any

import pytest

from coupon_contract.suite.har import HarError, LeftOut, Recorded, recorded
from tests.suite.conftest import body, example, exchange
from tests.suite.har_files import URL, entry, recording

Json = Any
CALL = exchange(body(count=2), example("Issued"))


def read(folder: Path, *entries: Json) -> list[Recorded | LeftOut]:
    return list(recorded(recording(folder, *entries)))


def test_a_call_is_read_with_both_bodies_its_status_and_its_type(tmp_path: Path) -> None:
    (item,) = read(tmp_path, entry(CALL))

    assert isinstance(item, Recorded)
    assert item.exchange.request.body == CALL.request.body
    assert (item.exchange.response.status, item.exchange.response.body) == (200, CALL.response.body)
    assert item.exchange.response.header("content-type") == "application/json"


def test_no_credential_and_no_cookie_is_read(tmp_path: Path) -> None:
    (item,) = read(tmp_path, entry(CALL))

    assert isinstance(item, Recorded)
    assert {name.lower() for name, _ in item.exchange.request.headers} == {"content-type"}


@pytest.mark.parametrize(
    "changes",
    [
        {"request__method": "GET"},
        {"request__url": "https://eu.api.example.com/v2/coupon"},
        {"request__url": "http://[broken"},
        {"request__url": 7},
        {"request": []},
        {"request": None},
    ],
)
def test_what_is_no_call_of_the_operation_is_passed_over(tmp_path: Path, changes: dict[str, Json]) -> None:
    assert read(tmp_path, entry(CALL, **changes), "no entry", 7, None) == []


def test_a_call_is_found_behind_any_host_and_path_in_front(tmp_path: Path) -> None:
    assert len(read(tmp_path, entry(CALL, request__url=URL.replace(".com", ".com/proxy") + "?a=b"))) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"response__status": 0}, "no response"),
        ({"response": None}, "no response"),
        ({"response__status": 429}, "the rate was limited"),
        ({"response__content__text": None}, "of the response was not recorded"),
        ({"response__content__text": "{"}, "of the response was not recorded, or not whole"),
        ({"response__content": {}}, "of the response was not recorded"),
        ({"response__content__encoding": "base64"}, "of the response was not recorded"),
        ({"request__postData": None}, "of the request was not recorded"),
        ({"request__postData": {"params": [{"name": "a"}]}}, "of the request was not recorded"),
        ({"request__postData__text": "9" * 2_000_001}, "a body of more than 2000000 bytes"),
    ],
)
def test_a_call_that_shows_nothing_is_left_out_with_the_reason(
    tmp_path: Path, changes: dict[str, Json], reason: str
) -> None:
    (item,) = read(tmp_path, entry(CALL, **changes))

    assert isinstance(item, LeftOut)
    assert reason in item.reason


def test_a_body_in_base64_is_decoded(tmp_path: Path) -> None:
    packed = base64.b64encode(CALL.response.body).decode()
    (item,) = read(tmp_path, entry(CALL, response__content__text=packed, response__content__encoding="base64"))

    assert isinstance(item, Recorded)
    assert item.exchange.response.body == CALL.response.body


def test_the_type_that_a_recorder_noted_stands_in_for_missing_headers(tmp_path: Path) -> None:
    (item,) = read(tmp_path, entry(CALL, request__headers=[], response__headers=None))

    assert isinstance(item, Recorded)
    assert item.exchange.request.headers == (("Content-Type", "application/json"),)
    assert item.exchange.response.header("content-type") == "application/json"


@pytest.mark.parametrize("status", [401, 403])
def test_behind_a_status_about_credentials_the_caller_is_nobody_certain(tmp_path: Path, status: int) -> None:
    (item,) = read(tmp_path, entry(CALL, response__status=status))

    assert isinstance(item, Recorded)
    assert item.exchange.request.who == "nobody"


def test_copies_of_an_entry_have_one_digest_and_other_entries_another(tmp_path: Path) -> None:
    items = read(tmp_path, entry(CALL), entry(CALL), entry(CALL, number=1))
    first, second, third = (item.digest for item in items if isinstance(item, Recorded))

    assert first == second != third


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"log": {"entries": [{}', b"\xff\xfe", b'{"log": {"entries": [1e999999']
)
def test_a_file_that_is_cut_off_or_no_json_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cut.har"
    file.write_bytes(content)

    with pytest.raises(HarError, match=r"cut\.har: is not JSON, or is cut off"):
        list(recorded(file))


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(HarError, match=r"nowhere\.har: cannot be read"):
        list(recorded(tmp_path / "nowhere.har"))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = recording(tmp_path, entry(CALL))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    assert len(list(recorded(file))) == 1


@pytest.mark.parametrize("content", [b"[]", b'{"log": []}', b'{"log": {"entries": {}}}', b"7"])
def test_json_that_is_no_recording_has_no_call(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.har"
    file.write_bytes(content)

    assert list(recorded(file)) == []
