"""A request as the control API shows it, for tests."""

from coupon_contract import spec
from coupon_contract.sandbox.admin.request_view import RequestView

VIEW = RequestView(
    key="a-1",
    at=1_800_000_000.25,
    time="2027-01-15T08:00:00.250Z",
    kind="issue",
    what="2 of series 71300",
    customer="mobile 11223569865",
    method="POST",
    path=spec.ISSUE_PATH,
    content_type="application/json",
    status=200,
    milliseconds=1234.5,
    outcome="refused 713",
    tone="bad",
    rule="issuance.check_expiry",
    clause="series-expired",
    words="the series has expired",
    caller="till till.sandbox",
    till="till.sandbox",
    behaviour=None,
    hazard=None,
    request="{}",
    answer="{}",
)
