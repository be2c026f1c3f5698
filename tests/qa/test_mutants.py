from pathlib import Path

import pytest

pytest.importorskip("mutmut", reason="the group mutants of pyproject.toml is not installed")

from coupon_contract.paths import ROOT
from qa.mutant_differential import Names, Response, accepting
from qa.mutant_operators import Mutant, mutants_of
from qa.mutants import FOLDER, MODULES, judged, original_responses
from qa.mutants_table import EQUIVALENT, KILLED, NOT_JUDGED, NOT_STARTED, SURVIVED, Outcome, page, share

REQUESTS, SEED = 300, 3
NOTHING = (frozenset[str](), 0)  # what a suite says that fails no clause


def passes(_module: str, _source: str) -> tuple[frozenset[str], int]:
    return NOTHING


def fails(_module: str, _source: str) -> tuple[frozenset[str], int]:
    return frozenset({"limit-in-all"}), 1


def cannot_judge(_module: str, _source: str) -> tuple[frozenset[str], int]:
    return frozenset(), 3


def mutant(module: str, text: str) -> Mutant:
    """Return the first mutant of a module with this description."""
    return next(each for each in mutants_of(FOLDER / f"{module}.py") if each.text == text)


@pytest.fixture(scope="module")
def original() -> list[Response]:
    responses = original_responses(REQUESTS, SEED, passes)
    assert responses is not None
    return responses


SECOND_COUPON = ">= 1 -> > 1"  # in check_already_has


def word(chosen: Mutant, original: list[Response], suite: object) -> str:
    (outcome,) = judged([chosen], original, SEED, suite=suite)  # type: ignore[arg-type] # one of the three above
    return outcome.word


@pytest.mark.parametrize(("suite", "expected"), [(fails, KILLED), (passes, SURVIVED), (cannot_judge, NOT_JUDGED)])
def test_a_mutant_that_differs_has_the_word_of_the_suite(
    original: list[Response], suite: object, expected: str
) -> None:
    assert word(mutant("issuing", SECOND_COUPON), original, suite) == expected


def test_a_mutant_that_answers_as_the_original_is_equivalent_whatever_the_suite_says(original: list[Response]) -> None:
    assert word(mutant("fast_path", "500 -> 501"), original, fails) == EQUIVALENT


def test_a_mutant_that_cannot_be_imported_has_not_started(original: list[Response]) -> None:
    assert word(mutant("issuing", "TERMS = Terms.__struct_fields__ -> TERMS = None"), original, fails) == NOT_STARTED


def test_a_difference_that_the_ledger_accepts_is_named_by_its_entry(original: list[Response]) -> None:
    chosen = next(each for each in mutants_of(FOLDER / "auth.py") if each.text.startswith('"Access denied'))
    (outcome,) = judged([chosen], original, SEED, suite=fails)

    assert (outcome.word, outcome.entries) == (EQUIVALENT, ("http-error-bodies",))


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_mutants_with_keys_of_their_own(module: str) -> None:
    keys = [each.key for each in mutants_of(FOLDER / f"{module}.py")]

    assert keys
    assert len(set(keys)) == len(keys)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("qa.mutant_operators.ROOT", tmp_path)
    file = tmp_path / "example.py"
    file.write_text('@raises(756, "why")\ndef most(left: Literal[1]) -> int:\n    return left + MORE\n\nMORE = 2\n')
    return file


def test_constants_and_decorated_functions_are_mutated_and_types_and_decorators_are_not(example: Path) -> None:
    assert [each.text for each in mutants_of(example)] == [
        "left + MORE -> left - MORE",
        "MORE = 2 -> MORE = None",
        "2 -> 3",
    ]


def test_a_mutant_is_its_file_with_one_change(example: Path) -> None:
    source = example.read_text()

    assert [each.source for each in mutants_of(example)] == [
        source.replace("left + MORE", "left - MORE"),
        source.replace("MORE = 2", "MORE = None"),
        source.replace("MORE = 2", "MORE = 3"),
    ]


# --- responses --------------------------------------------------------------------------------------------------------


def response(body: str, status: int = 200) -> Response:
    return Response(status, ((b"content-type", b"application/json"),), body.encode())


def entries(original: Response, other: Response) -> set[str] | None:
    books = Names(), Names()
    for names, each in zip(books, (original, other), strict=True):
        names.learn(each.json)
    return accepting(original, other, books)


REFUSED = '{"errors": [{"status": false, "code": 709, "message": "Has one."}]}'


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (response(REFUSED), response(REFUSED), set()),
        (response(REFUSED), response(REFUSED.replace("709", "713")), None),
        (response(REFUSED), response(REFUSED, 201), None),
        (response(REFUSED), response(REFUSED.replace("Has one.", "No.")), {"message-texts"}),
        (response(REFUSED), response(REFUSED.replace("Has one.", "")), None),
        (response(REFUSED), response(REFUSED[:-1] + ', "warnings": []}'), {"broken-examples"}),
        (response(REFUSED), response(REFUSED[:-1] + ', "warnings": [1]}'), None),
        (response("{}", 400), response("no", 400), {"http-error-bodies"}),
        (response("{}", 400), response("{}", 401), None),
        (response("{}", 400), response("{}", 413), {"http-statuses"}),
        (response('{"a": 1, "b": 2}'), response('{"b": 2, "a": 1}'), set()),
    ],
)
def test_one_response_in_place_of_another_is_accepted_by_these_entries(
    first: Response, second: Response, expected: set[str] | None
) -> None:
    assert entries(first, second) == expected


def issued(*coupons: tuple[str, int]) -> Response:
    listed = ", ".join(f'{{"code": "{code}", "couponId": {id}}}' for code, id in coupons)
    return response(f'{{"coupons": [{listed}]}}')


def test_other_codes_and_ids_are_as_good_as_long_as_they_differ() -> None:
    assert entries(issued(("A1", 1), ("A2", 2)), issued(("B1", 7), ("B2", 8))) == {"coupon-code-text", "coupon-ids"}


@pytest.mark.parametrize("other", [issued(("A1", 1), ("A1", 2)), issued(("A1", 1), ("A2", 1)), issued(("A1", 1))])
def test_a_repeated_code_or_id_and_a_missing_coupon_are_differences(other: Response) -> None:
    assert entries(issued(("A1", 1), ("A2", 2)), other) is None


# --- figures ----------------------------------------------------------------------------------------------------------


def outcome(word: str, **more: object) -> Outcome:
    path = "coupon_contract/sandbox/issuing.py"
    return Outcome(f"{path}:{word}", path, 7, "a == 1 -> a != 1", word, **more)  # type: ignore[arg-type]


def test_the_share_is_of_mutants_that_start_and_differ() -> None:
    outcomes = [*map(outcome, (KILLED, KILLED, KILLED, SURVIVED, EQUIVALENT, NOT_STARTED))]

    assert share(outcomes) == "75.0%"


def test_a_mutant_that_could_not_be_judged_is_not_killed() -> None:
    assert share([outcome(KILLED), outcome(NOT_JUDGED)]) == "50.0%"


def test_the_page_names_each_survivor_and_the_entries_of_equivalent_ones() -> None:
    text = page([outcome(SURVIVED), outcome(EQUIVALENT, entries=("message-texts",))], 9, 10_000, 0, "abc")

    assert "Judged: 2 of 9 mutants, a random sample." in text
    assert "- issuing.py:7 `` a == 1 -> a != 1 ``" in text
    assert "| issuing.py:7 `` a == 1 -> a != 1 `` | message-texts |" in text


def test_the_modules_are_files_of_the_sandbox() -> None:
    assert all((ROOT / "coupon_contract/sandbox" / f"{module}.py").exists() for module in MODULES)
