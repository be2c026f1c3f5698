import json
from pathlib import Path
from typing import Any

import pytest

from coupon_contract.cli.compare import Difference, differences, main
from coupon_contract.suite.verdict import Observation, Seen
from tests.suite.conftest import body, entry, exchange
from tests.suite.reporting.test_results import TOO_MANY, VERDICTS, VerdictCase, found, run

Json = Any
BAD = found(run(TOO_MANY))
NOTHING = found(run())


def kept(tmp_path: Path, name: str, results: Json) -> str:
    file = tmp_path / name
    file.write_text(json.dumps(results), encoding="utf-8")
    return str(file)


def about(kind: str, before: Json, after: Json) -> list[tuple[str, str, str]]:
    return [(one.about, one.before, one.after) for one in differences(before, after) if one.kind == kind]


def test_equal_results_differ_in_nothing() -> None:
    assert differences(BAD, found(run(TOO_MANY))) == []


def test_the_verdict_differs() -> None:
    assert about("verdict", NOTHING, BAD) == [("sandbox", "could not judge", "not conformant")]


def test_a_clause_with_another_word_is_told_with_its_note() -> None:
    changed = [one for one in differences(NOTHING, BAD) if one.about == "count-too-high"]
    note = "answered with a refusal with 756; expected a refusal with 677"

    assert Difference("clause", "count-too-high", "not observed", "failed", note) in changed


def test_a_clause_that_one_run_did_not_select_is_told() -> None:
    narrowed = BAD | {"clauses": [one for one in BAD["clauses"] if one["id"] != "permission"]}

    assert ("permission", "not observed", "not judged") in about("clause", BAD, narrowed)


def test_a_code_that_was_seen_in_one_run_only_is_told() -> None:
    assert ("756 in errors", "seen", "not seen") in about("code", BAD, NOTHING)


def test_how_often_a_code_was_seen_makes_no_difference() -> None:
    again = found(run(TOO_MANY, TOO_MANY))

    assert about("code", BAD, again) == []


def test_new_and_gone_failures_are_told() -> None:
    other = run()
    other.observe("permission", "a problem")

    assert about("failure", BAD, found(other)) == [("count-too-high", "#1", "gone"), ("permission", "", "#1, new")]


def test_a_failure_in_other_words_is_still_failing_and_no_difference(tmp_path: Path) -> None:
    other = found(run(exchange(body(count=501), {"errors": [entry(701)]})))
    file = kept(tmp_path, "b", other | {name: BAD[name] for name in ("clauses", "verdict")})

    assert about("failure", BAD, other) == [("count-too-high", "#1", "#1, still failing")]
    assert main([kept(tmp_path, "a", BAD), file]) == 0


@pytest.mark.parametrize(
    ("before", "after"), [("3 coupons more", "17 coupons more"), ("as exchange 3", "as exchange 9")]
)
def test_a_failure_whose_counts_differ_is_the_same(before: str, after: str) -> None:
    runs = [run(), run()]
    for seen, words in zip(runs, (before, after), strict=True):
        seen.observe("permission", words)

    assert about("failure", *map(found, runs)) == []


def test_a_failure_is_matched_with_the_one_of_its_own_test() -> None:
    runs = [run(), run()]
    for seen, wording in zip(runs, ("list of 3 ids", "list of 4 ids"), strict=True):
        for test in ("a", "b") if seen is runs[0] else ("b",):
            seen.test = test
            seen.observe("permission", f"{wording}, as {test} shows")

    assert about("failure", *map(found, runs)) == [
        ("permission", "#2", "#1, still failing"),
        ("permission", "#1", "gone"),
    ]


def test_no_line_is_wider_than_a_terminal_or_ends_in_blanks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wordy = BAD | {"failures": [one | {"problem": "words " * 60} for one in BAD["failures"]]}
    main([kept(tmp_path, "a", wordy), kept(tmp_path, "b", NOTHING)])
    table = capsys.readouterr().out.splitlines()[2:]

    assert [line for line in table if len(line) > 100 or line != line.rstrip()] == []


def test_masks_of_two_runs_make_no_difference() -> None:
    runs = [run(), run()]
    for one in runs:
        one.observations.append(Observation("permission", Seen.VIOLATED))
        one.observe("permission", "answered 11223569865")
    before, after = (found(one) for one in runs)

    assert before["failures"][0]["problem"] != after["failures"][0]["problem"]
    assert about("failure", before, after) == []


@pytest.mark.parametrize(("after", "status"), [(BAD, 0), (NOTHING, 1)])
def test_the_exit_status_says_whether_anything_differs(tmp_path: Path, after: Json, status: int) -> None:
    assert main([kept(tmp_path, "a", BAD), kept(tmp_path, "b", after)]) == status


@pytest.mark.parametrize("case", VERDICTS.values(), ids=VERDICTS)
def test_results_of_every_verdict_are_compared(case: VerdictCase, tmp_path: Path) -> None:
    file = str(case.written(tmp_path))

    assert main([file, file]) == 0


def test_what_limits_a_verdict_stands_in_the_first_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(VERDICTS["a part is not offered"].written(tmp_path)), kept(tmp_path, "b", BAD)])

    assert "A  sandbox: conformant in what it offers; " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["a"], ["a", "b", "c"], ["nowhere.json", "nowhere.json"], ["", ""]])
def test_anything_but_two_results_is_a_complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(arguments), capsys.readouterr().err != "") == (4, True)


def test_the_differences_are_printed_in_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([kept(tmp_path, "a", BAD), kept(tmp_path, "b", NOTHING)])
    said = capsys.readouterr().out

    assert all(part in said for part in ("A  sandbox: not conformant", "B  sandbox: could not judge", "count-too-high"))


def test_no_text_of_results_begins_a_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    posing = BAD | {"target": BAD["target"] | {"name": "staging\nnothing differs"}}
    main([kept(tmp_path, "a", posing), kept(tmp_path, "b", posing | {"failures": []})])

    assert not any(line.startswith("nothing differs") for line in capsys.readouterr().out.splitlines())


def test_codes_that_were_seen_in_one_run_only_leave_the_exit_status_at_0(tmp_path: Path) -> None:
    unseen = BAD | {"codes": [code | {"seen": 0} for code in BAD["codes"]]}

    assert main([kept(tmp_path, "a.json", BAD), kept(tmp_path, "b.json", unseen)]) == 0


def test_results_of_version_1_are_compared_with_those_of_this_version(tmp_path: Path) -> None:
    verdict = {name: value for name, value in BAD["verdict"].items() if name not in ("word", "counts")}
    clauses = [{name: value for name, value in clause.items() if name != "unobserved"} for clause in BAD["clauses"]]
    first = {"schema_version": 1, "verdict": verdict | {"sentence": BAD["verdict"]["word"]}, "clauses": clauses}
    spent = {"spent": BAD["spent"] | {"coupons_issued": 3}}

    assert main([kept(tmp_path, "a.json", BAD | first | spent), kept(tmp_path, "b.json", BAD)]) == 0


@pytest.mark.parametrize("missing", ["verdict", "spent", "clauses"])
def test_what_only_claims_to_be_version_1_is_a_complaint(missing: str, tmp_path: Path) -> None:
    claimed = {name: value for name, value in BAD.items() if name != missing} | {"schema_version": 1}

    assert main([kept(tmp_path, "a.json", claimed), kept(tmp_path, "b.json", BAD)]) == 4
