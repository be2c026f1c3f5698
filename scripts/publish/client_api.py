"""The reference of the Python client, as a page of directives that Sphinx' autodoc fills from docstrings and types."""

import inspect
from collections.abc import Iterable, Iterator
from importlib import import_module

import coupon_client
from coupon_client import CouponClientError, JournalError, refusals, testing

NAME = "client-api"  # of the page
GROUPS = {
    "Clients": ("CouponClient", "AsyncCouponClient"),
    "Credentials": ("TillAuth", "OAuth"),
    "Settings": ("Timeouts", "CallOptions", "Attribution"),
    "What to issue": ("Customer", "Mobile", "Email", "ExternalId", "Metadata", "Issuance"),
    "Coupons": ("Issued", "Coupon", "Problem", "IssuedOnce", "Audit", "Revoked", "RevokeFailure"),
    "Reconciliation": ("ReadBack", "WereIssued", "NotIssued", "Reconciliation"),
    "Journals": ("Journal", "SqliteJournal", "PostgresJournal"),
    "Hooks and raw responses": ("RequestEvent", "ResponseEvent", "ErrorResponse"),
}
INTRO = """# Python client

The public names of `coupon_client`, from their docstrings. How to use them: [integrate](integrate.md) and
[issue once](issue-once.md).
"""
EXCEPTIONS = """## Exceptions

All are below `CouponClientError`, but for `JournalError`. What each says about coupons: [the three ends](integrate.md).
"""
TESTING = """## Test doubles

`coupon_client.testing`, and the pytest fixture `coupon_sandbox`, which is an `InProcessSandbox`.
"""


def page() -> str:
    """Return the page as Markdown."""
    parts = [INTRO]
    for title, names in GROUPS.items():
        parts += [f"## {title}\n", *(directive(f"coupon_client.{name}") for name in names)]
    parts += [EXCEPTIONS, f"```text\n{tree()}\n```\n"]
    parts += [directive(f"coupon_client.{kind.__name__}") for kind in exceptions() if _is_public(kind)]
    parts += ["### Refusals\n", *(directive(f"coupon_client.refusals.{kind.__name__}") for kind in _refusals())]
    parts += [TESTING, *(directive(f"coupon_client.testing.{name}") for name in testing.__all__)]
    return "\n".join(parts)


def tree() -> str:
    """Return the tree of exceptions, drawn from the classes."""
    return "\n".join(["CouponClientError", *_branches(CouponClientError, ""), JournalError.__name__])


def exceptions() -> list[type[BaseException]]:
    """Return all exceptions of the package, but for the documented refusals."""
    return [kind for kind in (*_below(CouponClientError), JournalError) if kind not in _refusals()]


def directive(name: str) -> str:
    """Return what makes Sphinx document an object."""
    module, _, last = name.rpartition(".")
    value = getattr(import_module(module), last)
    if not inspect.isclass(value):
        kind, option = ("function" if inspect.isfunction(value) else "data"), ""
    elif issubclass(value, BaseException):
        kind, option = "exception", "   :show-inheritance:\n"
    else:
        kind, option = "class", "   :members:\n"
    return f"```{{eval-rst}}\n.. auto{kind}:: {name}\n{option}```\n"


def _branches(kind: type[BaseException], indent: str) -> Iterator[str]:
    below = [child for child in _children(kind) if child not in _refusals()]
    for child in below:
        last = child is below[-1]
        yield f"{indent}{'└──' if last else '├──'} {child.__name__}"
        yield from _branches(child, indent + ("    " if last else "│   "))


def _below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in _children(kind):
        yield from _below(child)


def _children(kind: type[BaseException]) -> Iterable[type[BaseException]]:
    return [child for child in kind.__subclasses__() if child.__module__.startswith("coupon_client.")]


def _refusals() -> list[type[BaseException]]:
    return list(refusals.BY_CODE.values())


def _is_public(kind: type[BaseException]) -> bool:
    return kind.__name__ in coupon_client.__all__
