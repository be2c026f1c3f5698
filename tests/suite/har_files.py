"""Recordings for tests: entries as recorders write them, in a file."""

import json
from pathlib import Path
from typing import Any

from coupon_contract import spec
from coupon_contract.suite.exchange import Exchange

Json = Any
URL = f"https://eu.api.example.com{spec.ISSUE_PATH}"


def entry(exchange: Exchange, number: int = 0, **changes: Json) -> Json:
    """An entry with everything that a recorder may write; `changes` are of the entry, of its request and response.

    A change of None leaves the field out.
    """
    request, response = exchange.request.body.decode(), exchange.response.body.decode()
    typed = [{"name": "content-type", "value": "application/json"}]
    secrets = [{"name": "Authorization", "value": "Basic cGxhbnRlZDpzZWNyZXQ="}, {"name": "Cookie", "value": "planted"}]
    whole: Json = {
        "startedDateTime": f"2026-11-28T08:00:00.{number:06}Z",
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": URL,
            "headers": [*typed, *secrets],
            "bodySize": len(request),
            "postData": {"mimeType": "application/json", "text": request},
        },
        "response": {
            "status": exchange.response.status,
            "headers": typed,
            "content": {"mimeType": "application/json", "size": len(exchange.response.body), "text": response},
        },
    }
    for place, value in changes.items():
        *path, name = place.split("__")
        holder: Json = whole
        for part in path:
            holder = holder[part]
        if value is None:
            del holder[name]
        else:
            holder[name] = value
    return whole


def recording(folder: Path, *entries: Json) -> Path:
    """A file with these entries."""
    file = folder / "traffic.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return file
