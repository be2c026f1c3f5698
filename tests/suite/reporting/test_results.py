import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, field, frozen

from coupon_contract import spec
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite import commands
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.reporting.results import SCHEMA, ResultsError, Session, load, results, schema
from coupon_contract.suite.reporting.writer import Recorder
from coupon_contract.suite.run import Run
from coupon_contract.suite.target import Deviation, Target
from coupon_contract.suite.template import Template
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Exit, Judgement, Observation, Seen, Word, decide
from tests.suite.conftest import TARGET, body, coupons, entry, example, exchange

Json = Any
BEGIN, END = datetime(2026, 8, 1, 12, 0, tzinfo=UTC), datetime(2026, 8, 1, 12, 0, 9, tzinfo=UTC)
TEST = "contract_tests/test_cases.py::test_case[count 501]"
SESSION = Session(str(SANDBOX_TARGET), Path("reports/results.json"), 7, BEGIN, END, {"count-too-high": [TEST]})
TOO_MANY = exchange(body(count=501), {"errors": [entry(756)]})


def run(*exchanges: Exchange, target: Target = TARGET) -> Run:
    """A run that saw these exchanges and sent nothing."""
    made = Run.against(target, Transport(target))
    made.test = TEST
    for one in exchanges:
        made.mask.learn(one)
        for finding in made.oracle.judge(one)[1]:
            made.observe(finding.clause, finding.problem, finding.exchange)
    return made


def found(seen: Run, exit_status: int | None = None, session: Session = SESSION) -> Json:
    verdict = decide(spec.clauses(), seen.observations, seen.target.deviations)
    return results(seen, verdict, verdict.exit_status if exit_status is None else exit_status, session)


def clause(of: Json, id: str) -> Json:
    return next(one for one in of["clauses"] if one["id"] == id)


def code(of: Json, number: int) -> Json:
    return next(one for one in of["codes"] if one["code"] == number)


def failure(of: Json, id: str) -> Json:
    return next(one for one in of["failures"] if one["clause"] == id)


RUNS = {
    "nothing": run(),
    "a failure": run(TOO_MANY),
    "a response that is not JSON": run(exchange(body(), b"<no>")),
    "a request that is not text": run(exchange(b"\xff", example("Issued"))),
    "an issue": run(exchange(body(), example("Issued"))),
}


@frozen
class VerdictCase:
    """A way to reach a verdict: its word and status, and the clauses that were not simply seen to hold.

    `selected` names the clauses of a narrowed run, `reason` says why a run broke off.
    """

    word: str
    exit_status: int
    seen: dict[str, Seen] = field(factory=dict)
    deviations: tuple[str, ...] = ()
    selected: frozenset[str] | None = None
    reason: str = ""

    def written(self, directory: Path) -> Path:
        """The results.json that the suite writes for such a run."""
        known = {clause: Deviation("answers 756", BEGIN.date()) for clause in self.deviations}
        made = run(target=evolve(TARGET, deviations=known))
        clauses = spec.clauses() if self.selected is None else sorted(self.selected)
        made.observations = [Observation(clause, self.seen.get(clause, Seen.HELD)) for clause in clauses]
        verdict = decide(spec.clauses(), made.observations, known, self.selected)
        status = Exit.COULD_NOT_JUDGE if self.reason else verdict.exit_status
        assert Recorder(str(directory), "x.toml", 0).write(made, verdict, status, {}, self.reason) is None
        return directory / "results.json"


COMPANIONS = dict.fromkeys((one.id for one in spec.clauses().values() if one.feature), Seen.NOT_OFFERED)
VERDICTS = {
    "everything held": VerdictCase("conformant", 0),
    "a part is not offered": VerdictCase("conformant", 0, COMPANIONS),
    "a deviation": VerdictCase("conformant", 0, {"permission": Seen.VIOLATED}, ("permission",)),
    "a part is not offered, and a deviation": VerdictCase(
        "conformant", 0, COMPANIONS | {"permission": Seen.VIOLATED}, ("permission",)
    ),
    "a failure": VerdictCase("not conformant", 1, {"permission": Seen.VIOLATED}),
    "a failure of a target that offers a part": VerdictCase(
        "not conformant", 1, COMPANIONS | {"permission": Seen.VIOLATED}
    ),
    "a deviation that is no longer true": VerdictCase("not conformant", 1, {}, ("permission",)),
    "a clause that was not observed": VerdictCase("could not judge", 3, {"permission": Seen.NOT_OBSERVED}),
    "an error of the suite": VerdictCase("could not judge", 3, {"permission": Seen.ERROR}),
    "a run that broke off": VerdictCase("could not judge", 3, reason="no response from the target"),
    "a selection that passes": VerdictCase("selection passed", 0, selected=frozenset({"permission"})),
    "a selection that passes but for a deviation": VerdictCase(
        "selection passed", 0, {"permission": Seen.VIOLATED}, ("permission",), frozenset({"permission"})
    ),
    "a selection that fails": VerdictCase(
        "not conformant", 1, {"permission": Seen.VIOLATED}, selected=frozenset({"permission"})
    ),
    "a selection that fails below MUST": VerdictCase(
        "selection failed", 1, {"placeholders-present": Seen.VIOLATED}, selected=frozenset({"placeholders-present"})
    ),
    "a selection that was not observed": VerdictCase(
        "could not judge", 3, {"permission": Seen.NOT_OBSERVED}, selected=frozenset({"permission"})
    ),
}


@pytest.mark.parametrize("seen", RUNS.values(), ids=RUNS)
def test_results_fit_their_schema(seen: Run) -> None:
    assert [error.message for error in schema().iter_errors(found(seen))] == []


@pytest.mark.parametrize("case", VERDICTS.values(), ids=VERDICTS)
def test_the_results_of_every_verdict_fit_their_schema_and_have_its_word(case: VerdictCase, tmp_path: Path) -> None:
    verdict = load(case.written(tmp_path))["verdict"]

    assert (verdict["word"], verdict["exit_status"]) == (case.word, case.exit_status)


@pytest.mark.parametrize("case", VERDICTS.values(), ids=VERDICTS)
def test_the_counts_of_every_verdict_are_those_of_its_clauses(case: VerdictCase, tmp_path: Path) -> None:
    results = load(case.written(tmp_path))
    words = Counter(one["word"] for one in results["clauses"])

    assert results["verdict"]["counts"] == {str(word): words[word] for word in Word}


def test_every_word_of_a_verdict_is_produced_and_is_in_the_schema() -> None:
    in_schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]["verdict"]["properties"]["word"]["enum"]

    assert {case.word for case in VERDICTS.values()} == {*map(str, Judgement)} == {*in_schema}


def test_every_field_of_the_schema_is_described() -> None:
    def undescribed(node: Json, path: str = "") -> list[str]:
        lacking = [path] if "properties" in node and "description" not in node else []
        for name, one in node.get("properties", {}).items():
            lacking += [f"{path}.{name}"] * ("description" not in one) + undescribed(one, f"{path}.{name}")
        for one in [*node.get("oneOf", []), *([node["items"]] if "items" in node else [])]:
            lacking += undescribed(one, path)
        return lacking

    assert undescribed(json.loads(SCHEMA.read_text(encoding="utf-8"))) == []


def test_a_failure_holds_what_is_needed_to_act() -> None:
    told = failure(found(run(TOO_MANY)), "count-too-high")

    assert told["problem"] == "answered with a refusal with 756; expected a refusal with 677"
    assert '"count":501' in told["exchange"]["curl"]
    assert json.loads(told["exchange"]["body"]) == {"errors": [entry(756)]}
    assert (told["coupons"], told["alone"], told["level"], told["test"]) == (501, True, "MUST", TEST)


def test_the_request_of_a_failure_can_be_sent_again() -> None:
    told = failure(found(run(TOO_MANY)), "count-too-high")

    assert Template.from_json(told["request"]).request_for(TARGET) == TOO_MANY.request


def test_the_commands_of_our_own_sandbox_start_it() -> None:
    told = failure(found(run(TOO_MANY)), "count-too-high")

    assert told["replay"] == f"make replay CASE={told['number']}"
    assert told["rerun"] == f".venv/bin/coupon-contract judge --only '{TEST}'"


def test_the_commands_of_another_target_name_it() -> None:
    told = failure(
        found(run(TOO_MANY), session=evolve(SESSION, target="my staging.toml", file=Path("x/r.json"))), "count-too-high"
    )

    assert told["replay"] == f"make replay CASE='x/r.json#{told['number']}' TARGET='my staging.toml'"
    assert told["rerun"] == f".venv/bin/coupon-contract judge --only '{TEST}' --target 'my staging.toml'"


def test_what_a_whole_run_found_takes_a_whole_run_again() -> None:
    command = commands.rerun("contract_tests/test_whole_run.py::test_x", "issued-adds-up", "staging.toml")

    assert command == ".venv/bin/coupon-contract judge --target staging.toml"


def test_the_commands_of_an_installed_suite_need_no_work_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_contract.suite.commands.IN_CHECKOUT", False)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    told = failure(found(run(TOO_MANY), session=evolve(SESSION, target="staging.toml")), "count-too-high")

    assert told["replay"] == f"coupon-contract replay {told['number']} staging.toml"
    assert told["rerun"] == f"coupon-contract judge --only '{TEST}' --target staging.toml"


def test_each_problem_is_told_once_as_it_first_happened() -> None:
    second = evolve(TOO_MANY, number=2)
    told = [one for one in found(run(TOO_MANY, second))["failures"] if one["clause"] == "count-too-high"]

    assert [one["exchange"]["number"] for one in told] == [1]


def test_a_problem_that_takes_two_exchanges_does_not_stand_alone() -> None:
    issued = exchange(body(), example("Issued"))

    assert failure(found(run(issued, issued)), "coupon-ids-unique")["alone"] is False


def test_a_problem_that_a_test_saw_does_not_stand_alone() -> None:
    seen = run()
    seen.observe("permission", "answered with HTTP 200", exchange(body(), example("Issued"), who="no-access"))

    assert failure(found(seen), "permission")["alone"] is False


def test_a_failure_without_an_exchange_cannot_be_replayed() -> None:
    seen = run()
    seen.observe("limits-in-parallel", "6 coupons where 5 are the limit")
    told = failure(found(seen), "limits-in-parallel")

    assert (told["exchange"], told["request"], told["replay"]) == (None, None, None)


def test_a_request_with_values_of_an_earlier_answer_cannot_be_replayed() -> None:
    seen = run()
    code_of_it = coupons(1).exchange
    asked = evolve(code_of_it.request, method="GET", path=spec.READ_BACK_PATH, query=(("couponCodes", "C0"),))
    seen.observe("read-back-shape", "no list", evolve(code_of_it, request=asked))

    assert failure(found(seen), "read-back-shape")["replay"] is None


def test_a_clause_names_its_ledger_its_tests_and_its_notes() -> None:
    told = clause(found(run(TOO_MANY)), "count-too-high")

    assert [one["id"] for one in told["ledger"]] == list(spec.clauses()["count-too-high"].ledger)
    assert (told["word"], told["violated"], told["tests"], len(told["notes"])) == ("failed", 1, [TEST], 1)


def test_a_deviation_says_why_it_is_listed() -> None:
    listed = evolve(TARGET, deviations={"count-too-high": Deviation("answers 756", BEGIN.date())})
    told = found(run(TOO_MANY, target=listed))

    assert (clause(told, "count-too-high")["word"], clause(told, "count-too-high")["deviation"]) == (
        "deviates",
        {"reason": "answers 756", "since": "2026-08-01", "link": ""},
    )
    assert failure(told, "count-too-high")["word"] == "deviates"


# --- codes ----------------------------------------------------------------------------------------------------------


def test_every_documented_code_of_both_columns_is_there() -> None:
    table = {code for row in spec.error_table() for code in (row.code, row.partial_code) if code}

    assert {one["code"] for one in found(run())["codes"]} == table


def test_a_code_whose_clause_failed_was_provoked_though_never_seen() -> None:
    told = code(found(run(TOO_MANY)), 677)

    assert (told["status"], told["seen"]) == ("provoked", 0)


def test_a_code_that_nothing_asked_for_was_seen() -> None:
    told = code(found(run(exchange(body(), {"errors": [entry(5005), entry(5005)]}))), 5005)

    assert (told["status"], told["seen"]) == ("seen", 1)


def test_a_code_that_the_target_cannot_answer_is_not_offered() -> None:
    seen = run()
    seen.observations.append(Observation("series-expired", Seen.NOT_OFFERED, "series.expired"))

    assert (code(found(seen), 713)["status"], code(found(seen), 677)["status"]) == ("not offered", "documented")


# --- the run --------------------------------------------------------------------------------------------------------


def test_a_run_that_broke_off_could_not_judge_whatever_it_saw() -> None:
    verdict = found(run(TOO_MANY), 3, evolve(SESSION, reason="no response from the target"))["verdict"]

    assert (verdict["word"], verdict["exit_status"]) == ("could not judge", 3)
    assert (verdict["complete"], verdict["reason"]) == (False, "no response from the target")


def test_times_and_seed_are_told() -> None:
    told = found(run())

    assert (told["started"], told["ended"], told["seed"]) == (
        "2026-08-01T12:00:00.000+00:00",
        "2026-08-01T12:00:09.000+00:00",
        7,
    )


def test_results_are_read_back(tmp_path: Path) -> None:
    told, file = found(run(TOO_MANY)), tmp_path / "results.json"
    file.write_text(json.dumps(told), encoding="utf-8")

    assert load(file) == told


RIGHT = json.dumps(found(run(TOO_MANY)))
NO_RESULTS = {
    "nothing": "",
    "a list": "[]",
    "an object": "{}",
    "another version": '{"schema_version": 1}',
    "NUL": "\x00",
    "cut short": RIGHT[:-5],
    "more behind it": RIGHT + "{}",
    "half a surrogate pair": RIGHT.replace("count-too-high", r"\ud800"),
    "not a number": RIGHT.replace('"seed": 7', '"seed": NaN'),
    "a number beyond floats": RIGHT.replace('"seed": 7', '"seed": 1e999'),
    "a number of 5,000 digits": RIGHT.replace('"seed": 7', '"seed": ' + "7" * 5_000),
    "a fraction": RIGHT.replace('"seed": 7', '"seed": 0.5'),
    "21 levels": RIGHT.replace('"seed": 7', '"seed": ' + "[" * 21 + "]" * 21),
    "300 levels": RIGHT.replace('"seed": 7', '"seed": ' + "[" * 300 + "]" * 300),
    "900 levels": RIGHT.replace('"seed": 7', '"seed": ' + '{"a":' * 900 + "1" + "}" * 900),
    "100,000 levels": "[" * 100_000 + "]" * 100_000,
    "10,001 failures": json.dumps(json.loads(RIGHT) | {"failures": json.loads(RIGHT)["failures"][:1] * 10_001}),
    "latin-1": RIGHT.replace("count-too-high", "\udce9"),
    "more bytes than any results": RIGHT + " " * 64_000_000,
}


@pytest.mark.parametrize("content", NO_RESULTS.values(), ids=NO_RESULTS)
def test_what_is_no_results_is_a_complaint(tmp_path: Path, content: str) -> None:
    file = tmp_path / "results.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(ResultsError, match=r"results\.json: is (not|larger)"):
        load(file)


def test_a_file_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="judge a target first"):
        load(tmp_path / "results.json")
