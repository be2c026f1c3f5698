import re
from collections.abc import Iterable

import pytest
import yaml

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.sandbox import create_app
from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from coupon_contract.suite import cases
from coupon_contract.suite.exchange import Exchange, Response
from coupon_contract.suite.matchers import any_fits
from coupon_contract.suite.oracle import Oracle
from tests.sandbox.conftest import Api
from tests.suite.conftest import TARGET

PAGE = (ROOT / "docs" / "authoring-cases.md").read_text(encoding="utf-8")
EXCERPTS: list[tuple[str, str]] = re.findall(r"^```(?:toml|yaml|python) (\S+)\n(.*?)^```", PAGE, re.S | re.M)
CLAUSE, FAULT, VARIANT = "count-too-low", "zero-as-5006", "count-too-low-677"


def unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def excerpt(file: str) -> str:
    return dict(EXCERPTS)[file]


def listed(heading: str) -> Iterable[tuple[str, str]]:
    return re.findall(r"^\| `(\w+): [^`]*`(?: with `(\w+): [^`]*`)? \|", PAGE[PAGE.index(heading) :], re.M)


@pytest.mark.parametrize(("file", "text"), EXCERPTS, ids=[name for name, _ in EXCERPTS])
def test_an_excerpt_is_in_its_file(file: str, text: str) -> None:
    assert unindented(text) in unindented((ROOT / file).read_text(encoding="utf-8"))


def test_the_example_has_every_link_of_the_chain() -> None:
    (case,) = yaml.safe_load(excerpt("contract_tests/cases/documented.yaml"))
    fault, variant = FAULTS[FAULT], VARIANTS[VARIANT]

    assert (case["clause"], [*fault.breaks], [*fault.also]) == (CLAUSE, [CLAUSE], [])
    assert set(variant.ledger) <= set(spec.clauses()[CLAUSE].ledger)
    assert f'reading.flaw("{CLAUSE}"' in excerpt("coupon_contract/suite/request_reader.py")


@pytest.mark.parametrize(("behaviour", "right"), [(None, True), (VARIANT, True), (FAULT, False)])
def test_the_example_catches_its_fault_and_blames_no_variant(behaviour: str | None, right: bool) -> None:
    (entry,) = yaml.safe_load(excerpt("contract_tests/cases/documented.yaml"))
    case = next(case for case in cases.load() if case.name == entry["name"])
    api = Api(create_app(behaviour=behaviour))
    response = api.post(case.request_for(TARGET).body)
    api.close()
    received = Response(response.status_code, tuple(response.headers.items()), response.content)
    outcome, findings = Oracle(TARGET).judge(Exchange(1, case.request_for(TARGET), received))

    assert any_fits(case.accept, outcome) is right
    assert {finding.clause for finding in findings if finding.problem} == (set() if right else {CLAUSE})


def test_the_page_lists_every_way_to_accept_a_response() -> None:
    assert {tuple(filter(None, keys)) for keys in listed("| `accept` | means |")} == set(cases.MATCHERS)
