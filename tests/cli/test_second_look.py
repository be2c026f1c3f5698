"""A MUST test whose response is lost runs once more at the end; what stays unobserved is exit status 3."""

from pathlib import Path

from coupon_contract.suite.exchange import JSON_HEADERS, dumps
from tests.cli.judge_process import FEW_SERIES, Done, finish, start
from tests.suite.conftest import Reply, Seen, entry, serving


def judged_with_lost_responses(folder: Path, lost: int) -> tuple[Done, int]:
    """Judge a server that refuses 501 coupons, and whose first responses to that are lost. Count those requests."""
    requests = 0

    def reply(seen: Seen) -> Reply | None:
        nonlocal requests
        if b"501" in seen.body:
            requests += 1
            if requests <= lost:
                return None
        return 200, JSON_HEADERS, dumps({"errors": [entry(677)]})

    with serving(reply) as stub:
        target = folder / "target.toml"
        target.write_text(FEW_SERIES.replace("${SANDBOX_URL}", stub.url), encoding="utf-8")
        return finish(start("--target", str(target), "-k", "count-too-high", "--results", str(folder))), requests


def test_a_lost_response_is_looked_for_again_with_a_new_request(tmp_path: Path) -> None:
    done, requests = judged_with_lost_responses(tmp_path, 1)

    assert (done.status, requests) == (0, 2), done.text


def test_a_test_that_cannot_look_twice_is_not_observed(tmp_path: Path) -> None:
    done, requests = judged_with_lost_responses(tmp_path, 2)

    assert (done.status, requests, "not observed" in done.text) == (3, 2, True), done.text
