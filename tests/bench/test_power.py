from typing import Any

from bench.power import Stock, ours, parallel, summary, table

Json = Any
ALARM = "GET /v2/coupon · positive_data_acceptance · RejectedPositiveData · 400"
FIND = "POST /v2/coupon/issue/multiple · response_schema_conformance · JsonSchemaError · properties/couponId/type"


def stock(name: str, *failures: str) -> dict[str, Json]:
    return {"mode": "default", "name": name, "seed": 1, "failures": failures, "coupons": 50, "seconds": 20.0}


def run(name: str, *failed: str, seed: int = 0, status: int = 1, clause: str = "") -> dict[str, Json]:
    counted = {"exit_status": status, "coupons": 700, "seconds": 4.0, "clause": clause}
    return {"name": name, "seed": seed, "failed": failed, **counted}


STOCK = Stock.from_lines(
    "default",
    [
        stock("", ALARM),
        stock("coupon-id-as-text", ALARM, FIND),
        stock("code-missing", ALARM),
        stock("all-or-nothing", ALARM),
    ],
)
OURS = ours([run("coupon-id-as-text", "coupon-shape"), run("code-missing"), run("all-or-nothing", status=0)])


def test_stock_finds_what_it_does_not_report_of_the_right_sandbox() -> None:
    assert [STOCK.cell(name) for name in ("coupon-id-as-text", "code-missing")] == [
        "response_schema_conformance",
        "none",
    ]


def test_what_was_not_run_is_said_to_be_not_run() -> None:
    assert STOCK.cell("total-is-issued") == "not run"


def test_the_summary_counts_finds_and_false_alarms_of_both() -> None:
    lines = summary(OURS, [STOCK]).splitlines()

    assert lines[2] == "| this suite | 1 of 2 | 0 of 1 runs of 1 variants blamed | 700 (700) |"
    assert lines[3] == (
        "| `schemathesis run` | 1 of 2 | 1 of 1 variants blamed, and the sandbox itself for 1 failures | 50 (50) |"
    )


def test_the_last_run_of_a_name_and_seed_counts() -> None:
    judgements = ours([run("code-missing"), run("code-missing", "coupon-shape")])

    assert [one.problems for one in judgements] == [()]


def test_runs_of_one_clause_are_counted_apart() -> None:
    clause = "limits-in-parallel"
    lines = [run("race-in-all", clause, seed=seed, clause=clause) for seed in range(3)]
    lines += [run("race-in-all", seed=3, clause=clause)]

    assert "| race-in-all | 3 of 4 runs |" in parallel(lines)
    assert ours(lines) == []


def test_a_row_names_the_clauses_and_the_checks() -> None:
    rows = table("Faults", ["coupon-id-as-text", "code-missing"], OURS, [STOCK]).splitlines()

    assert rows[4] == "| coupon-id-as-text | coupon-shape | response_schema_conformance |"
    assert rows[5].startswith("| code-missing | none (**1 of 1 runs not as they must be**)")
