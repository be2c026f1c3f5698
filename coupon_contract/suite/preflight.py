"""The check before the run: the operation must exist and accept our credentials."""

from coupon_contract.suite.exchange import NotJson, Request, Response, dumps, loads
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target_data import OfferedCustomers
from coupon_contract.terminal import shortened

REFUSES = "refuses the credentials of the target file (the password there is the plain one; its MD5 digest is sent)"
ELSEWHERE = "Is base_url right? It is scheme, host, port and the part before /v2, and nothing after it"
BLOCKED = (
    "was not reached: something before it, such as a firewall, refuses the request whoever sends it (let this"
    " machine in, or set what it demands under [headers] or proxy of the target file)"
)
SENT = "a request without seriesId"
GATEWAY = (502, 503, 504)
LOOKED_AT = 4_000  # bytes of a body
SHOWN = 200  # characters of a line


def reason_not_to_judge(run: Run) -> str | None:
    """Return why this target cannot be judged, or None. Sends a request without seriesId, which issues nothing.

    It names a customer, because one without may be answered with 403 (ledger missing-customer).
    """
    try:
        response = run.exchange(Request(body=dumps({"customer": OfferedCustomers(run.target).any}))).response
    except (NotObserved, NotOffered) as problem:
        return f"{run.mask.text(run.target.place)}: {problem}"
    if response.status == 403 and not _is_json(response):
        return f"{run.target.name} {BLOCKED}: HTTP 403, {_first_line(run, response)}"
    if response.status in (401, 403):
        return f"{run.target.name} {REFUSES}: HTTP {response.status}"
    if _is_operations(response):
        return None
    if 300 <= response.status < 400 or response.status == 404:
        return f"{run.target.name} answers {SENT} with HTTP {response.status}. {ELSEWHERE}"
    if response.status in GATEWAY:
        return f"{run.target.name} answers {SENT} with HTTP {response.status}: nothing is there to judge"
    return None


def _is_json(response: Response) -> bool:
    try:
        loads(response.body)
    except NotJson:
        return False
    return True


def _first_line(run: Run, response: Response) -> str:
    """The first line of a body with any text in it, masked and short."""
    lines = response.body[:LOOKED_AT].decode("utf-8", "replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    return f"beginning with: {shortened(run.mask.text(first), SHOWN)}" if first else "without a body"


def _is_operations(response: Response) -> bool:
    """Return True if the operation itself responded, rightly or wrongly, and not a server in front of it."""
    try:
        body = loads(response.body)
    except (NotJson, RecursionError):
        return False
    return isinstance(body, dict) and isinstance(body.get("errors"), list)
