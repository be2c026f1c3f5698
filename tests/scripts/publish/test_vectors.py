import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from coupon_contract import spec
from coupon_contract.cli.vector_player import body_of, playing
from coupon_contract.suite import cases
from qa.outcome_table import decide
from scripts import vectors

Json = Any
FILES = vectors.everything()
DECODING = FILES["decoding.json"]["vectors"]
ENDS = {"issued", "partly-issued", "refused", "rejected", "not-authenticated", "outcome-unknown"}


def bodies() -> list[tuple[Json, Json]]:
    """Vectors with a JSON object as body, and the object."""
    found = []
    for vector in DECODING:
        try:
            body = json.loads(vector["answer"].get("body", ""))
        except (ValueError, RecursionError):
            continue
        if isinstance(body, dict) and "cut" not in vector["answer"]:
            found.append((vector, body))
    return found


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_fits_the_published_schema(name: str) -> None:
    schema = json.loads(vectors.SCHEMA.read_text(encoding="utf-8"))

    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(FILES[name])] == []


@pytest.mark.parametrize("name", ["decoding.json", "requests.json"])
def test_no_two_vectors_have_the_same_id(name: str) -> None:
    ids = [vector["id"] for vector in FILES[name]["vectors"]]

    assert len(ids) == len(set(ids))


def test_every_end_is_reached_by_a_vector() -> None:
    assert {vector["end"] for vector in DECODING} == ENDS


def test_no_safe_end_could_lose_money() -> None:
    for vector in DECODING:
        harmless = {"issued"} if vector["end"] == "outcome-unknown" else {"outcome-unknown"}

        assert set(vector["safe"]) <= harmless, vector["id"]


def test_every_code_of_the_tables_has_a_vector_with_the_end_that_it_proves() -> None:
    alone = {
        body["errors"][0]["code"]: vector["end"]
        for vector, body in bodies()
        if vector["because"]["id"] == "certain-refusals" and len(body["errors"]) == 1 and not body.get("warnings")
    }

    for code, proof in spec.proofs().items():
        assert alone[code] == ("refused" if proof == "refused" else "outcome-unknown"), code


def test_a_refusal_of_a_vector_rests_on_certain_refusals_alone() -> None:
    for vector in DECODING:
        if vector["end"] == "refused":
            assert set(vector["errors"]) <= spec.certain_refusals(), vector["id"]
            assert not set(vector["warnings"]) & spec.issued_or_in_doubt(), vector["id"]


def test_every_partial_code_that_can_stand_in_warnings_is_open_to_one_that_is_unknown() -> None:
    warned = {code for vector in DECODING for code in vector["warnings"]}

    assert warned - {row.partial_code for row in spec.error_table()}


def test_every_documented_status_is_answered_by_a_vector() -> None:
    documented = {int(status) for status in spec.document()["paths"][spec.ISSUE_PATH]["post"]["responses"]}

    assert documented <= {vector["answer"]["status"] for vector in DECODING}


def test_the_end_of_every_vector_is_that_of_the_table() -> None:
    for vector in DECODING:
        answer = vector["answer"]
        whole = "cut" not in answer and "Content-Encoding" not in answer["headers"]

        assert decide(vector["request"]["count"], answer["status"], body_of(answer), whole) == vector["end"], vector[
            "id"
        ]


def test_ids_of_a_vector_are_written_without_a_loss() -> None:
    ids = {vector["id"]: vector["ids"] for vector in DECODING if "ids" in vector}

    assert ids["ids-that-a-double-cannot-tell-apart"] == ["9007199254740992", "9007199254740993"]
    assert ids["a-couponid-with-an-exponent"] == ["1237263304"]


def test_every_ledger_entry_on_reading_has_a_vector() -> None:
    entries = {
        "outcome-table",
        "contradicted-rejection",
        "response-text",
        "response-numbers",
        "coupon-ids",
        "refusal-counts",
    }

    assert entries <= {vector["because"]["id"] for vector in DECODING if vector["because"]["kind"] == "ledger"}


def test_as_many_codes_as_were_asked_for_is_what_issued_means() -> None:
    for vector in DECODING:
        if vector["codes"] and vector["end"] != "outcome-unknown":
            whole = len(vector["codes"]) == vector["request"]["count"]

            assert vector["end"] == ("issued" if whole else "partly-issued"), vector["id"]


def test_errors_and_warnings_of_a_vector_are_those_of_its_body() -> None:
    for vector, body in bodies():
        if vector["end"] in ("issued", "partly-issued", "refused"):
            for name in ("errors", "warnings"):
                assert vector[name] == [entry["code"] for entry in body.get(name) or ()], vector["id"]


def test_a_refusal_of_a_vector_has_no_coupons_in_its_body() -> None:
    for vector, body in bodies():
        if vector["end"] == "refused":
            assert not body.get("coupons"), vector["id"]


def test_every_case_of_the_suite_is_a_request_vector() -> None:
    assert [vector["name"] for vector in FILES["requests.json"]["vectors"]] == [case.name for case in cases.load()]


def test_a_placeholder_in_a_request_vector_stands_where_json_goes() -> None:
    by_name = {vector["name"]: vector["body"] for vector in FILES["requests.json"]["vectors"]}

    assert by_name["count 1 issues one coupon"] == '{"seriesId": $series.ordinary, "count": 1, "customer": $known}'


def test_a_pointer_to_nowhere_is_named() -> None:
    entry = {"example": "Issued", "set": {"/nowhere/at/all": 1}}

    with pytest.raises(vectors.VectorError, match="/nowhere/at/all leads nowhere"):
        vectors._changed(entry)


def test_a_reason_that_is_neither_clause_nor_ledger_entry_is_named() -> None:
    with pytest.raises(vectors.VectorError, match="taste"):
        vectors._because("taste")


@pytest.mark.parametrize("name", ["count -1 is refused", "an emoji 🎟️ is fine", "documented RequestWithMobile"])
def test_an_id_is_lower_case_ascii(name: str) -> None:
    assert vectors.slug(name) in ("count-minus-1-is-refused", "an-emoji-is-fine", "documented-requestwithmobile")


def test_written_files_are_the_same_each_time(tmp_path: Path) -> None:
    first, second = (vectors.write(tmp_path / name) for name in ("one", "two"))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def played(vector: Json) -> httpx.Response:
    with playing([vector]) as address:
        return httpx.post(f"{address}/{vector['id']}{spec.ISSUE_PATH}", json=vector["request"])


def by_id(id: str) -> Json:
    return next(vector for vector in DECODING if vector["id"] == id)


@pytest.mark.parametrize(
    "id", ["issued-as-documented", "401-as-xml", "an-empty-200", "bytes-that-are-no-text", "204-without-a-body"]
)
def test_a_played_vector_arrives_as_it_is_written(id: str) -> None:
    vector = by_id(id)
    response = played(vector)

    assert response.status_code == vector["answer"]["status"]
    assert response.content == body_of(vector["answer"])


def test_a_vector_that_is_cut_ends_before_its_length() -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        played(by_id("the-connection-is-cut-within-the-body"))


def test_a_client_that_follows_a_redirect_falls_into_the_trap() -> None:
    vector = by_id("307-to-itself")
    with playing([vector]) as address:
        followed = httpx.post(f"{address}/{vector['id']}{spec.ISSUE_PATH}", json={}, follow_redirects=True)

    assert followed.json()["coupons"][0]["code"] == "TRAP"
