"""The page at `/`: the seed, the last requests, and the reason for each response. It polls its own address
for updates.
"""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from coupon_contract import spec
from coupon_contract.facts import IDENTIFIERS
from coupon_contract.sandbox.admin import request_view, views
from coupon_contract.sandbox.admin.request_view import RequestView
from coupon_contract.sandbox.admin.shared_log import SharedLog
from coupon_contract.sandbox.auth import password_hash
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.hazards import MOMENTS
from coupon_contract.sandbox.records import SeriesState
from coupon_contract.sandbox.request_log import KEPT
from coupon_contract.sandbox.store import StoreTrouble

HERE = Path(__file__).parent
SHOWN = 200  # series, and customers
AT_FIRST = 20  # requests
TONES = (("good", "done"), ("part", "partly"), ("bad", "refused"), ("off", "failed"))
KINDS = (("issue", "issue"), ("read-back", "read back"), ("other", "other"))
WRITE_FAILED = "The database failed to take a write. Its disk may be full; /healthz tells when it works again."
UNREADABLE = "The database cannot be read."

Json = Any
Stored = tuple[list[SeriesState], list[tuple[int, str]], str]


def policy() -> str:
    """Return the Content-Security-Policy of the page: its own style and script, and requests to the sandbox alone."""
    style, script = map(_hash, assets())
    return (
        f"default-src 'none'; img-src data:; style-src {style}; script-src {script}; connect-src 'self';"
        " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


async def answer(request: Request, sandbox: Sandbox, shared_log: SharedLog) -> Response:
    """Respond to `GET /` with the page.

    `after` (epoch seconds) limits the page to requests that began later; `all` shows more than the first AT_FIRST.
    """
    await sandbox.runtime.refresh()
    rows = await shared_log.latest(moment_of(request))
    at_first = KEPT if "all" in request.query_params else AT_FIRST
    contents = await asyncio.to_thread(stored, sandbox)
    text = render(str(request.base_url).rstrip("/"), sandbox, rows, contents, at_first)
    return HTMLResponse(text, headers={"Content-Security-Policy": policy(), "Cache-Control": "no-store"})


def moment_of(request: Request) -> float:
    """Return the moment in the query, or 0."""
    try:
        return float(request.query_params.get("after", "0"))
    except ValueError:
        return 0


def render(url: str, sandbox: Sandbox, rows: Sequence[RequestView], contents: Stored, at_first: int = AT_FIRST) -> str:
    """Return the page of the sandbox at `url`, with `rows` of requests, the latest first, and the `contents` of the
    store. The rows after the first `at_first` are hidden.
    """
    style, script = assets()
    seed, state = sandbox.seed, views.state_view(sandbox.runtime, sandbox.now())
    series, customers, trouble = contents
    behaviours = views.behaviour_views()
    now = sandbox.now()
    text: str = template().render(
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        address=url,
        kept=KEPT,
        at_first=at_first,
        identifier_types=IDENTIFIERS,
        state=state,
        trouble=trouble,
        since=sandbox.runtime.settings().since,
        database=sandbox.database,
        hazards=str(state["hazards"]),
        purpose=next((entry["text"] for entry in behaviours if entry["name"] == state["behaviour"]), ""),
        behaviours=behaviours,
        moments=MOMENTS,
        tones=TONES,
        kinds=KINDS,
        clauses=spec.clauses(),
        rows=rows,
        repetitions={row.key: request_view.repetition(url, seed, row) for row in rows},
        first_call=request_view.first_call(url, seed),
        till=request_view.first_till(seed),
        first_series=seed.series[0].id if seed.series else "",
        first_identifier=request_view.first_identifier(seed.customers[0]) if seed.customers else ("", ""),
        issue_path=spec.ISSUE_PATH,
        series=[series_row(entry, now) for entry in series[:SHOWN]],
        more_series=max(0, len(series) - SHOWN),
        customers=[views.customer_view(*entry) for entry in customers[:SHOWN]],
        more_customers=max(0, len(customers) - SHOWN),
        tills=[{"digest": password_hash(entry.password), **asdict(entry)} for entry in seed.tills],
        clients=seed.oauth.clients,
        ttl=seed.oauth.ttl_seconds,
        token_path=spec.TOKEN_PATH,
    )
    return text


def stored(sandbox: Sandbox) -> Stored:
    """Return the series and customers, none if the database cannot be read, and the problem of the database."""
    trouble = WRITE_FAILED if sandbox.store.write_failed else ""
    try:
        return sandbox.store.all_series(), sandbox.store.customers(), trouble
    except StoreTrouble:
        return [], [], UNREADABLE


def series_row(state: SeriesState, now: int) -> dict[str, Any]:
    """Return a series as its row shows it at `now` (epoch milliseconds), with its status and terms."""
    return {**views.series_view(state), "status": views.status(state, now), "terms": terms(state)}


def terms(state: SeriesState) -> list[str]:
    """Return the limits and the kind of codes of a series, each in a few words."""
    series = views.series_view(state)
    texts = [
        f"{series['limit_per_customer']:,} per customer" if series["limit_per_customer"] else "",
        f"{series['limit_in_all']:,} in all" if series["limit_in_all"] is not None else "",
        f"one code, {series['generic_code']}" if series["generic_code"] else "",
        "uploaded codes" if series["codes_left"] is not None else "",
        f"expires {moment(series['expires']):%Y-%m-%d}" if series["expires"] else "",
    ]
    return [text for text in texts if text]


def moment(text: str) -> datetime:
    """Return the moment of an RFC 3339 text."""
    return datetime.fromisoformat(text)


def offset(milliseconds: int) -> str:
    """Return the offset of the clock in words."""
    if not milliseconds:
        return "real time"
    days, seconds = divmod(abs(milliseconds) // 1000, 86_400)
    parts = ((days, "d"), (seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    texts = [f"{figure:,} {unit}" for figure, unit in parts if figure]
    return f"{' '.join(texts) or 'less than 1 s'} {'ahead' if milliseconds > 0 else 'behind'}"


@cache
def assets() -> tuple[str, str]:
    """Return the style and the script."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return style, script


@cache
def template() -> Any:
    """Return the template of the page."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["moment"] = lambda text: f"{moment(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    environment.filters["offset"] = offset
    environment.filters["clock"] = lambda text: f"{moment(text):%H:%M:%S.%f}"[:-3]
    return environment.get_template("page.html.jinja")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
