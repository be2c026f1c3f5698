"""The address of the page of a clause: on a documentation site, or in the page of results that a run writes.

The environment variable COUPON_CONTRACT_SITE holds the address of the site that `make publish` builds, wherever a team
has put it. No site is public, so without the variable the clause in results.html is the page.
"""

import os
import re
from collections.abc import Mapping

from coupon_contract.suite.reporting.result_files import PAGE

VARIABLE = "COUPON_CONTRACT_SITE"
ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(?:/[\w./~%+-]*)?", re.ASCII)  # without a user, a query and a fragment


def site(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of the site, without a slash at its end; empty without one. Raises ValueError for any other.

    The text of the error says what to write.
    """
    address = environment.get(VARIABLE, "")
    if address and not ADDRESS.fullmatch(address):
        raise ValueError(
            f"{VARIABLE}: is not the address of a site; write one such as https://docs.example.com/coupons"
        )
    return address.rstrip("/")


def clause_page(clause: str, results_page: str = PAGE) -> str:
    """Return the address of a clause on the site, or else its place in the page of results."""
    address = site()
    return f"{address}/clauses/{clause}.html" if address else f"{results_page}#clause-{clause}"
