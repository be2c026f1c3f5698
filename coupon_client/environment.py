"""The settings of a client from environment variables. Messages name variables, and repeat no value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from coupon_client.auth import Auth, OAuth, TillAuth
from coupon_client.base_errors import InvalidRequest
from coupon_client.exchange import Timeouts

BASE_URL = "COUPON_BASE_URL"
TILL, TILL_PASSWORD = "COUPON_TILL", "COUPON_TILL_PASSWORD"
OAUTH_KEY, OAUTH_SECRET = "COUPON_OAUTH_KEY", "COUPON_OAUTH_SECRET"
TOTAL_TIMEOUT = "COUPON_TOTAL_TIMEOUT"  # seconds
RETRIES, RATE_LIMIT_RETRIES = "COUPON_RETRIES", "COUPON_RATE_LIMIT_RETRIES"
APP = "COUPON_APP"


def settings(given: Mapping[str, Any], environ: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the arguments of a client: the given ones, and for the others what the environment sets.

    A variable that is empty counts as not set. Raises InvalidRequest, which names all variables that are missing, or
    all whose values cannot be used.
    """
    variables = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    made = dict(given)
    problems: list[str] = []
    if "base_url" not in made:
        if BASE_URL in variables:
            made["base_url"] = variables[BASE_URL]
        else:
            problems.append(f"{BASE_URL} is not set")
    if "auth" not in made:
        made["auth"] = _auth(variables, problems)
    if "timeouts" not in made and TOTAL_TIMEOUT in variables:
        made["timeouts"] = _timeouts(variables[TOTAL_TIMEOUT], problems)
    for argument, name in (("retries", RETRIES), ("rate_limit_retries", RATE_LIMIT_RETRIES)):
        if argument not in made and name in variables:
            made[argument] = _number(name, variables[name], problems)
    if "app" not in made and APP in variables:
        made["app"] = variables[APP]
    if problems:
        raise InvalidRequest(f"the client cannot be made from the environment: {'; '.join(problems)}")
    return made


def _auth(variables: Mapping[str, str], problems: list[str]) -> Auth | None:
    """Return the credentials of a till or an OAuth client, whichever is set; both would be a guess."""
    till, oauth = (TILL, TILL_PASSWORD), (OAUTH_KEY, OAUTH_SECRET)
    in_till, in_oauth = (any(name in variables for name in pair) for pair in (till, oauth))
    if in_till and in_oauth:
        problems.append(f"set either {TILL} and {TILL_PASSWORD}, or {OAUTH_KEY} and {OAUTH_SECRET}, not both")
        return None
    if not (in_till or in_oauth):
        problems.append(f"neither {TILL} and {TILL_PASSWORD} nor {OAUTH_KEY} and {OAUTH_SECRET} are set")
        return None
    pair = till if in_till else oauth
    missing = [name for name in pair if name not in variables]
    if missing:
        problems.append(f"{missing[0]} is not set")
        return None
    kind = TillAuth if in_till else OAuth
    try:
        return kind(variables[pair[0]], variables[pair[1]])
    except InvalidRequest as error:
        problems.append(f"{pair[0]} and {pair[1]}: {error}")
        return None


def _timeouts(text: str, problems: list[str]) -> Timeouts | None:
    try:
        return Timeouts(total=float(text))
    except ValueError:  # InvalidRequest is one
        problems.append(f"{TOTAL_TIMEOUT} must be a number of seconds above 0, at most a day")
        return None


def _number(name: str, text: str, problems: list[str]) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    problems.append(f"{name} must be a number from 0 on")
    return None
