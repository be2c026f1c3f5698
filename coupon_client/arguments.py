"""Checks of arguments that several methods take. Each raises InvalidRequest, without the value."""

from __future__ import annotations

from typing import Any, TypeGuard

from coupon_client.base_errors import InvalidRequest

INT64 = range(-(2**63), 2**63)
LONGEST = 86_400.0  # seconds


def checked_seconds(name: str, value: Any) -> float:
    """Return a time to wait, in seconds from 0 to a day."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LONGEST:
        raise InvalidRequest(f"{name} is seconds from 0 to a day")
    return value


def checked_series_id(series_id: Any) -> int:
    """Return the id of a series."""
    if type(series_id) is not int or series_id not in INT64:
        raise InvalidRequest("series_id must be an integer of 64 bits, the id of one series")
    return series_id


def is_customer_id(value: Any) -> TypeGuard[int]:
    """Return whether this is the id of a customer: an integer of 64 bits, from 0 on."""
    return type(value) is int and value in INT64 and value >= 0


def checked_customer_id(customer_id: Any) -> int:
    """Return the id of a customer."""
    if not is_customer_id(customer_id):
        raise InvalidRequest("customer_id must be a 64-bit integer from 0 on, the id of a customer in a response")
    return customer_id


def does_its_work(function: object) -> bool:
    """Return whether calling a function does its work: a coroutine or a generator waits for somebody to drive it."""
    from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction  # here: few calls need it

    called = getattr(function, "__call__", None)  # noqa: B004 - of an object whose class defines it
    kinds = (iscoroutinefunction, isasyncgenfunction, isgeneratorfunction)
    return not any(kind(function) or kind(called) for kind in kinds)
