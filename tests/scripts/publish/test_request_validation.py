import json
import re
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from coupon_contract import paths
from coupon_contract.paths import ROOT
from coupon_contract.suite import cases
from coupon_contract.suite.matchers import HttpStatus
from coupon_contract.suite.schema import validator
from coupon_contract.suite.target_file import load
from tests.scripts.publish.published_files import Json, loaded


def refused_requests(document: Json) -> set[str]:
    """The clauses with a case whose request the document refuses, and which may not be answered with HTTP 400."""
    target = load(str(paths.SANDBOX_TARGET), {"SANDBOX_URL": "http://127.0.0.1:1"})
    requests = validator({"$ref": "#/components/schemas/IssuanceRequest"}, document)
    found = set()
    for case in cases.load():
        body = case.request_for(target).body
        if not any(isinstance(kind, HttpStatus) and 400 in kind.statuses for kind in case.accept):
            found |= {case.clause} if not requests.is_valid(json.loads(body)) else set()
    return found


def test_the_variant_for_request_validators_refuses_nothing_that_has_a_code(parts: Path) -> None:
    assert refused_requests(loaded(parts / "openapi-request-validation.json")) == set()


def test_the_document_refuses_what_four_clauses_want_answered_with_a_code(parts: Path) -> None:
    page = (ROOT / "docs" / "request-validation.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)

    assert len(named) == 4
    assert refused_requests(loaded(parts / "openapi.json")) == set(named)


def test_the_variant_for_request_validators_is_valid_and_otherwise_the_document(parts: Path) -> None:
    strict, relaxed = (loaded(parts / f"{name}.json") for name in ("openapi", "openapi-request-validation"))
    request = strict["components"]["schemas"]["IssuanceRequest"]
    request["required"].remove("seriesId")
    del request["properties"]["count"]["minimum"], request["properties"]["count"]["maximum"]
    strict["info"]["description"] = relaxed["info"]["description"]

    assert relaxed == strict
    assert [*OpenAPIV31SpecValidator(relaxed).iter_errors()] == []
