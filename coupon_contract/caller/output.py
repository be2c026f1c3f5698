"""The output of a judged program, as the terminal may show it: masked, and the end of it. No results file holds it."""

import os
import re
from collections.abc import Iterator

from attrs import frozen

from coupon_contract.caller.issue_record import IssueRecord
from coupon_contract.suite.masking import Mask
from coupon_contract.terminal import in_a_line

KEPT = 20_000  # bytes of a stream, from its end
SHOWN = 30  # lines of a stream, from its end
SHORTEST = 8  # characters of an environment variable that may be a secret; shorter ones are common words
SECRET_NAME = re.compile(r"password|passwd|secret|token|credential|key", re.IGNORECASE)


@frozen
class Output:
    """The last bytes that a start printed on a stream, and whether they are all of it."""

    stream: str
    end: bytes
    whole: bool

    @classmethod
    def of(cls, stream: str, content: bytes) -> "Output":
        """Return the end of what was printed."""
        return cls(stream, content[-KEPT:], len(content) <= KEPT)


def mask(secrets: tuple[bytes, ...], mobile: str, record: IssueRecord) -> Mask:
    """Return a mask of a case: for the secrets of the judge, the customer, the coupons of the case, and the values of
    environment variables that the program shares with us and that are named like secrets.
    """
    made = Mask()
    for name, value in os.environ.items():
        if SECRET_NAME.search(name) and len(value) >= SHORTEST:
            made.secret(value)
    for secret in secrets:
        made.secret(secret.decode())
    made.word("mobile", mobile)
    for coupon in (*record.issued, *record.others):
        made.word("code", coupon.code)
    return made


def shown(outputs: tuple[Output, ...], masked: Mask) -> Iterator[str]:
    """Yield the lines to show of each stream that was written to."""
    for output in outputs:
        lines = masked.text(output.end.decode("utf-8", "replace")).splitlines()
        if not output.whole:
            lines = lines[1:]  # it may begin within a secret
        if not lines and output.whole:
            continue
        left_out = not output.whole or len(lines) > SHOWN
        yield f"it printed on {output.stream}{', at the end' if left_out else ''}:"
        yield from (f"  | {in_a_line(line)}" for line in lines[-SHOWN:])
