import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import evolve

from coupon_contract.paths import ROOT, SANDBOX_TARGET
from coupon_contract.suite.plan import (
    Allowance,
    Cost,
    OverPlan,
    Planned,
    amount,
    check_cost,
    total,
    where_the_budget_allows,
)
from coupon_contract.suite.skips import NotOffered
from tests.suite.conftest import TARGET

WITHOUT_OAUTH = evolve(TARGET, auth={"till": TARGET.auth["till"]})


def planned(requests: int, coupons: int, lacks: str = "") -> Planned:
    return Planned("a test", ("a-clause",), Cost.declared(requests, coupons), lacks)


def test_the_cheapest_costs_the_fewest_coupons() -> None:
    costs = [Cost.declared(1, 500), Cost.declared(20, 1), Cost.declared(2, 1)]

    assert sorted(costs) == [Cost.declared(2, 1), Cost.declared(20, 1), Cost.declared(1, 500)]


def test_costs_add_up() -> None:
    assert Cost.declared(1, 2) + Cost.declared(10, 20) == Cost.declared(11, 22)


def test_a_run_costs_its_tests_and_the_looks_before() -> None:
    tests = [planned(2, 7), planned(1, 500)]

    assert total(tests, WITHOUT_OAUTH) == Cost.declared(4, 508) + check_cost(WITHOUT_OAUTH)


def test_a_run_with_oauth_costs_one_request_more() -> None:
    extra = total([], TARGET).requests - total([], WITHOUT_OAUTH).requests

    assert extra == 1


def test_of_a_test_whose_coupons_are_open_the_requests_are_in_the_sum() -> None:
    open_test = Planned("a test", (), Cost.declared(7, 0), open=True)

    assert total([open_test], WITHOUT_OAUTH) == total([], WITHOUT_OAUTH) + Cost.declared(7, 0)


def test_a_test_whose_coupons_are_open_may_send_no_more_requests_than_it_declares() -> None:
    allowance = Allowance(Planned("a test", (), Cost.declared(1, 0), open=True).allowed)
    allowance.take(2**31)

    with pytest.raises(OverPlan):
        allowance.take(0)


@pytest.mark.parametrize(("value", "expected"), [(7, 7), (lambda target: target.series["few-codes-left"].number, 3)])
def test_an_amount_may_depend_on_the_target(value: object, expected: int) -> None:
    assert amount(value, TARGET) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [None, 2_400, 10**6])
def test_a_budget_that_allows_it_pays_for_many_coupons(budget: int | None) -> None:
    assert amount(where_the_budget_allows(151), evolve(TARGET, max_coupons=budget)) == 151


@pytest.mark.parametrize("budget", [0, 1_300, 2_399])
def test_a_small_budget_leaves_tests_of_many_coupons_out(budget: int) -> None:
    with pytest.raises(NotOffered, match="max_coupons of at least 2400"):
        amount(where_the_budget_allows(151), evolve(TARGET, max_coupons=budget))


@pytest.mark.parametrize("cost", [Cost.declared(0, 9), Cost.declared(9, 1)])
def test_more_than_is_left_cannot_be_taken(cost: Cost) -> None:
    with pytest.raises(OverPlan):
        Allowance(cost).take(2)


def test_what_cannot_be_taken_stays() -> None:
    allowance = Allowance(Cost.declared(1, 1))
    with pytest.raises(OverPlan):
        allowance.take(2)
    allowance.take(1)

    assert allowance.left == Cost.declared(0, 0)


def test_an_open_allowance_has_no_end() -> None:
    allowance = Allowance()
    allowance.take(10**9)

    assert allowance.left is None


def test_many_threads_never_take_more_than_is_left() -> None:
    allowance = Allowance(Cost.declared(50, 50))

    def take(_: int) -> bool:
        try:
            allowance.take(1)
        except OverPlan:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, range(200)))

    assert taken == 50


EXAMPLE = ROOT / "spec" / "targets" / "example.toml"


@pytest.fixture(scope="module")
def example_plan() -> str:
    """Return what --plan prints for the example target file."""
    return plan_of(EXAMPLE)


def plan_of(target: Path, *options: str) -> str:
    secrets = {"TILL_USER": "a", "TILL_PASSWORD": "b", "OAUTH_KEY": "c", "OAUTH_SECRET": "d"}
    command = [sys.executable, "-m", "coupon_contract", "judge", "--target", str(target), "--plan", *options]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | secrets, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout


def test_the_budget_of_the_example_target_file_is_enough_for_its_plan(example_plan: str) -> None:
    assert "max_coupons = 1400 is enough" in example_plan


def test_a_budget_of_300_coupons_is_enough_for_a_night_without_the_clauses_that_the_example_skips(
    tmp_path: Path,
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("max_coupons = 1400", "max_coupons = 300", 1)
    skipping = re.sub(r"(?ms)^# skip = \[.*?^# \]", lambda match: re.sub("(?m)^# ", "", match[0]), text)
    file = tmp_path / "nightly.toml"
    file.write_text(skipping.replace("until = 2026-12-31", "until = 2999-12-31"), encoding="utf-8")

    assert "max_coupons = 300 is enough" in plan_of(file)


def clauses_in(plan: str) -> list[str]:
    return [line.split()[0] for line in plan.splitlines() if re.fullmatch(r"[a-z-]+( +[0-9,]+){3}", line)]


def test_what_may_lock_a_till_of_a_real_target_comes_last(example_plan: str) -> None:
    clauses = clauses_in(example_plan)

    assert set(clauses[-3:]) == {"token-refused", "credentials-wrong", "credentials-plain-password"}


def test_the_plan_begins_with_the_total(example_plan: str) -> None:
    assert re.match(r"staging: at most \d+ requests and \d+ coupons", example_plan.strip())


def test_the_plan_says_which_clauses_a_target_lacks_something_for(example_plan: str) -> None:
    assert re.search(
        "^without disposable = true, some or all tests are left out of: .*limits-in-parallel", example_plan, re.M
    )


def test_the_rows_of_the_plan_add_up_to_its_total(example_plan: str) -> None:
    rows = re.findall(r"^[a-z-]+ +(?:\d+ +)?(\d+) +(\d+)$", example_plan, re.M)
    total = re.search(r"at most (\d+) requests and (\d+) coupons", example_plan)
    assert total is not None

    assert int(total[1]) == sum(int(requests) for requests, _ in rows)
    assert int(total[2]) == sum(int(coupons) for _, coupons in rows)


def disposable(folder: Path, budget: str) -> Path:
    """Write the target file of a disposable target with everything that a run needs."""
    text = SANDBOX_TARGET.read_text(encoding="utf-8").replace("${SANDBOX_URL}", "http://127.0.0.1:1")
    file = folder / "target.toml"
    file.write_text(text.replace("disposable = true\n", f"disposable = true\n{budget}\n"), encoding="utf-8")
    return file


def rows(plan: str) -> dict[str, tuple[int, int, str]]:
    """Return tests, requests and coupons of each clause."""
    found = re.findall(r"^([a-z-]+) +(?:([\d,]+) +)?([\d,]+) +([\d,]+|[\d,]* ?\+? ?open)$", plan, re.M)
    return {clause: (number(tests or "0"), number(requests), coupons) for clause, tests, requests, coupons in found}


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_plan_bounds_the_generated_requests_of_each_clause_and_in_all(tmp_path: Path) -> None:
    plans = [plan_of(disposable(tmp_path, ""), "--generated", text) for text in ("7", "107")]
    few, many = map(rows, plans)
    totals = [number(found[0]) for found in (re.findall(r"at most ([\d,]+) requests\.", plan) for plan in plans)]

    assert {clause for clause in few if few[clause] != many[clause]} == {"valid-is-processed", "invalid-issues-nothing"}
    assert many["invalid-issues-nothing"][1] - few["invalid-issues-nothing"][1] == 100
    assert few["invalid-issues-nothing"][2].endswith("open")
    assert totals[1] - totals[0] == 2 * 100
    assert totals == [sum(requests for _, requests, _ in plan.values()) for plan in (few, many)]


def test_the_coupons_of_bounded_requests_add_up_beside_those_that_are_open(tmp_path: Path) -> None:
    plan = plan_of(disposable(tmp_path, ""))
    (bounded,) = re.findall(r"them can issue at most ([\d,]+) coupons", plan)
    listed = [coupons.partition(" + ")[0] for _, _, coupons in rows(plan).values()]

    assert number(bounded) == sum(number(coupons) for coupons in listed if coupons != "open")
    assert "only max_coupons bounds their coupons. No budget is set." in plan


def test_the_plan_says_what_a_budget_leaves_for_requests_whose_coupons_are_open(tmp_path: Path) -> None:
    plan = plan_of(disposable(tmp_path, "max_coupons = 100000"))
    (bounded,) = re.findall(r"them can issue at most ([\d,]+) coupons", plan)

    assert f"max_coupons = 100000 leaves {100_000 - number(bounded)} coupons for these." in plan


def test_basic_clauses_come_before_those_that_fail_with_them(example_plan: str) -> None:
    clauses = clauses_in(example_plan)

    assert clauses.index("customer-unknown") < clauses.index("ambiguous-json")
