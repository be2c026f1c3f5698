"""One look before the run: is there a target, and does it take our credentials?"""

from contract_tests.exchange import Request
from contract_tests.outcomes import NotObserved, NotOffered
from contract_tests.run import Run


def reason_not_to_judge(run: Run) -> str | None:
    """Why this target cannot be judged, or None. Sends one request, an empty object, which issues nothing."""
    try:
        response = run.exchange(Request(body=b"{}")).response
    except (NotObserved, NotOffered) as problem:
        return f"{run.target.name} at {run.target.base_url}: {problem}"
    if response.status in (401, 403):
        return f"{run.target.name} refuses the credentials of the target file: HTTP {response.status}"
    return None
