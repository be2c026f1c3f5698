"""Measures what a generated client, used as it is, makes of coupon ids that common types of numbers cannot hold.

`defaults` of a language is started once for each id, against a server that issues coupons with it, and prints the ids
that its models hold. The helpers keep ids as texts; the vectors hold them to that.
"""

import json
from collections.abc import Sequence

from coupon_contract.cli.vector_player import playing
from interop.language import Language
from interop.program import ProgramFailed, run_defaults
from interop.resending import REQUEST
from scripts import vectors

IDS = {"id above 2^53": 2**53 + 1, "id above 2^63": 2**63 + 1}  # beyond a double's integers, and beyond 64 bits
RIGHT, REFUSED, ROUNDED, LOST = "right", "refused", "**rounded**", "**lost**"
UNKNOWN = "unknown"


def observe(language: Language) -> tuple[dict[str, str], list[str]]:
    """Start the generated client with its defaults for each id. Return what it made of them, and the problems."""
    observed, problems = {}, []
    with playing([_vector(name, id) for name, id in IDS.items()]) as url:
        for name, id in IDS.items():
            try:
                output, exit_status = run_defaults(language, f"{url}/{_slug(name)}", REQUEST, 1)
            except ProgramFailed as problem:
                problems.append(f"defaults with an {name}: {problem}")
                observed[name] = ""
            else:
                observed[name] = word(output, exit_status, _pair(id))
    return observed, problems


def word(output: str, exit_status: int, right: Sequence[int]) -> str:
    """Return what became of these ids. An exception of the program, and the end `unknown`, are a refusal."""
    lines = output.splitlines()
    if exit_status or not lines:
        return REFUSED
    report = json.loads(lines[-1])
    ids = [str(id) for id in report.get("ids") or []]
    if ids:
        return RIGHT if ids == [str(id) for id in right] else ROUNDED
    return REFUSED if report["end"] == UNKNOWN else LOST


def _pair(id: int) -> tuple[int, int]:
    return id, id + 2


def _slug(name: str) -> str:
    return name.replace(" ", "-").replace("^", "-")


def _vector(name: str, id: int) -> vectors.Json:
    """Return the documented response with these ids, as the player of the vectors takes it."""
    documented = next(vector for vector in vectors.decoding() if len(vector.get("ids", ())) == REQUEST["count"])
    body = json.loads(documented["answer"]["body"])
    for coupon, coupon_id in zip(body["coupons"], _pair(id), strict=True):
        coupon["couponId"] = coupon_id
    return {"id": _slug(name), "answer": documented["answer"] | {"body": json.dumps(body)}}
