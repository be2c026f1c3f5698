"""A request as a curl command, to copy: series by their numbers, secrets and customers as placeholders."""

import shlex
from urllib.parse import quote

from contract_tests.credentials import INVENTED, TOKEN_HEADER
from contract_tests.target import Target
from contract_tests.template import PLACEHOLDER, Template, text_of, values

LONGEST = 4_000  # characters of a body that is still shown
CREDENTIALS = {
    "till": '-u "$TILL_USER:$TILL_DIGEST"',
    "no-access": '-u "$NO_ACCESS_USER:$NO_ACCESS_DIGEST"',
    "unknown-till": '-u "$TILL_USER-unknown:$TILL_DIGEST"',
    "wrong-password": '-u "$TILL_USER:$WRONG_DIGEST"',
    "plain-password": '-u "$TILL_USER:$TILL_PASSWORD"',
    "upper-case-digest": '-u "$TILL_USER:$UPPER_CASE_DIGEST"',
    "empty-password": '-u "$TILL_USER:"',
    "not-base64": "-H 'Authorization: Basic §'",
    "oauth": f'-H "{TOKEN_HEADER}: $TOKEN"',
    "expired-token": f'-H "{TOKEN_HEADER}: $EXPIRED_TOKEN"',
    "invented-token": f"-H '{TOKEN_HEADER}: {INVENTED}'",
    "nobody": "",
}


def curl(template: Template, target: Target) -> str:
    """The command, over several lines; a body that no shell can hold becomes `@body`, with its size behind it."""
    who = template.who
    if who == "caller":
        who = "till" if "till" in target.auth else "oauth"
    credentials = CREDENTIALS.get(who, f'-u "$USER:$DIGEST of {who}"')
    body, remark = _body(template, target)
    parts = [
        f'curl -X {shlex.quote(template.method)} "$BASE_URL"{shlex.quote(_url(template, target))}',
        *([credentials] if credentials else []),
        *(f"-H {shlex.quote(f'{name}: {_shown(value, target)}')}" for name, value in template.headers),
        *([f"--data-binary {body}"] if body else []),
    ]
    return " \\\n  ".join(parts) + remark


def _url(template: Template, target: Target) -> str:
    pairs = ["=".join(quote(_shown(part, target), safe="$<>. ") for part in pair) for pair in template.query]
    return _shown(template.path, target) + ("?" + "&".join(pairs) if pairs else "")


def _body(template: Template, target: Target) -> tuple[str, str]:
    """The argument that holds the body, and a remark."""
    text = text_of(template.body)
    if text is None:
        return "@body", f"   # the body: {template.body.encoding}, {_first(template.body.content)}"
    shown = _shown(text, target)
    if len(shown) > LONGEST or not shown.isprintable():
        return "@body", f"   # the body: {len(shown)} characters, beginning with {_first(shown)}"
    return (shlex.quote(shown) if shown else ""), ""


def _first(text: str) -> str:
    return ascii(text[:60]) + ("…" if len(text) > 60 else "")


def _shown(text: str, target: Target) -> str:
    """Text with the numbers of the series, and all other placeholders as they are."""
    known = {f"${name}": value for name, value in values(target).items() if name.startswith("series.")} | {"$$": "$"}
    return PLACEHOLDER.sub(lambda match: known.get(match[0], match[0]), text)
