"""The problems of a processed request: the error table of the document, as values."""

from functools import cache

from attrs import frozen

from coupon_contract import spec


@frozen
class Problem:
    """An entry of `errors`: a documented code and its text."""

    code: int
    message: str


@cache
def problem(code: int, nth: int = 0) -> Problem:
    """Return the documented problem `code` with its `nth` message; a row without messages uses its `when`.

    Raises LookupError for a code that the document does not have.
    """
    row = next((row for row in spec.error_table() if row.code == code), None)
    if row is None:
        raise LookupError(f"the document has no error code {code}")
    return Problem(code, row.messages[nth] if row.messages else row.when)
