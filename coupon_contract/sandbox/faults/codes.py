"""Faults of codes: wrong ones, and coupons with a wrong explanation."""

from collections.abc import Callable

from coupon_contract import spec
from coupon_contract.sandbox.codec import error
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json, answers, complete, partly, puts, refusal
from coupon_contract.sandbox.faults.model import Fault

TWINS = {row.code: row.partial_code for row in spec.error_table()}


def swapped(right: int, wrong: int, when: Callable[[Json], bool] = bool) -> Behave:
    """Return an edit that replaces one code by another."""

    def swap(body: Json) -> None:
        for entry in body["errors"]:
            entry["code"] = wrong if entry["code"] == right else entry["code"]

    return answers(swap, when)


def only_twins(body: Json) -> None:
    """Put the codes of the partial column into errors."""
    for entry in body["errors"]:
        entry["code"] = TWINS[entry["code"]]


def with_error(code: int, message: str) -> Callable[[Json], None]:
    """Return an edit that adds an error."""
    return lambda body: body["errors"].append(error(code, message))


def series_missing(body: Json) -> bool:
    """Return True for the refusal of a request without seriesId."""
    return refusal(756)(body) and body["errors"][0]["message"].startswith("seriesId")


SWAPPED = [
    Fault(
        "code-677-is-756",
        "A count above 500 is refused with 756.",
        "count-too-high",
        swapped(677, 756),
        also="invalid-issues-nothing",
    ),
    Fault(
        "code-701-is-707",
        "An unknown customer is refused with 707.",
        "customer-unknown customer-missing",
        swapped(701, 707),
        also="customer-by-id",
    ),
    Fault(
        "code-707-is-701",
        "A series that does not exist is refused with 701.",
        "series-unknown series-externally-managed numbers-out-of-range",
        swapped(707, 701),
    ),
    Fault("code-713-is-707", "An expired series is refused with 707.", "series-expired", swapped(713, 707)),
    Fault(
        "code-756-is-677",
        "A request without seriesId is refused with 677.",
        "series-missing null-fields",
        swapped(756, 677, series_missing),
        also="invalid-issues-nothing",
    ),
    Fault(
        "code-756-is-701",
        "A count below 1 is refused with 701.",
        "count-too-low",
        swapped(756, 701, lambda body: refusal(756)(body) and not series_missing(body)),
        also="numbers-out-of-range invalid-issues-nothing",
    ),
    Fault(
        "code-5001-is-5002",
        "A series that has reached its maximum refuses with the code of the customer's maximum.",
        "limit-in-all",
        swapped(5001, 5002),
    ),
    Fault(
        "code-5002-is-5001",
        "A customer at the maximum is refused with the code of the series' maximum.",
        "limit-per-customer",
        swapped(5002, 5001),
    ),
    Fault(
        "code-5006-is-5002",
        "Codes that run out are explained by the customer's maximum.",
        "codes-running-out",
        swapped(5006, 5002),
    ),
]

EXPLANATIONS = [
    Fault(
        "undocumented-code",
        "Refusals of expired series have a second error with a code of the server's own.",
        "documented-code",
        answers(with_error(7130, "Ask support"), refusal(713)),
    ),
    Fault(
        "twin-code-in-errors",
        "A partial success is explained in errors, but with the code that belongs into warnings.",
        "documented-code partial-explained",
        answers(only_twins, partly),
    ),
    Fault(
        "main-code-in-warnings",
        "A partial success is explained in warnings, but with the code that belongs into errors.",
        "documented-code partial-explained",
        answers(lambda body: body.update(errors=[], warnings=body["errors"]), partly),
    ),
    Fault(
        "partial-unexplained",
        "A partial success says nowhere why coupons are missing.",
        "partial-explained",
        answers(puts(errors=[]), partly),
    ),
    Fault(
        "refusal-beside-coupons",
        "A customer who gets one coupon of a one-per-customer series gets 709 in addition.",
        "never-partial",
        answers(with_error(709, "user already has a coupon"), partly),
    ),
    Fault(
        "complete-with-errors",
        "A success is reported as an error when it is complete.",
        "complete-has-no-errors",
        answers(with_error(5006, "Success"), complete),
    ),
]

FAULTS = [*SWAPPED, *EXPLANATIONS]
