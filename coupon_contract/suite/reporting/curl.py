"""Shows a request as shell commands to paste: `export` lines for the target's own values, and one curl.

The values of a disposable target on loopback are printed. Those of any other target may be secret: the commands then
name the key of the target file, and stop with that name if the variable is not set. (Loopback alone may be the end of a
tunnel.) Values of earlier answers, which may be codes or identifiers of customers, are in no report: the commands name
what to set, and the test alone fills it in.
"""

import base64
import gzip
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote_plus

from attrs import field, frozen

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.suite.credentials import INVENTED
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_file import is_on_loopback
from coupon_contract.suite.template import PLACEHOLDER, Template, escaped, text_of, values

LONGEST = 4_000  # characters; a longer body does not fit into the command
LONGEST_ESCAPED = 1_000  # bytes that are escaped one by one; more are compressed
MASKED = re.compile(r"<(\w+) [0-9a-f]{8}>")
PLAIN = re.compile(r"[\w ./:;,?&=%+@#'()\[\]<>|*^~-]*", re.ASCII)  # of no meaning within double quotes
IN_NAME = re.compile(r"\w", re.ASCII)
MD5 = "{ md5sum 2>/dev/null || md5; } | cut -c1-32"
CREDENTIALS = {
    "till": '-u "$TILL_USER:$TILL_DIGEST"',
    "no-access": '-u "$NO_ACCESS_USER:$NO_ACCESS_DIGEST"',
    "unknown-till": '-u "$TILL_USER-unknown:$TILL_DIGEST"',
    "wrong-password": '-u "$TILL_USER:$WRONG_DIGEST"',
    "plain-password": '-u "$TILL_USER:$TILL_PASSWORD"',
    "upper-case-digest": '-u "$TILL_USER:$UPPER_CASE_DIGEST"',
    "empty-password": '-u "$TILL_USER:"',
    "part-of-digest": '-u "$TILL_USER:$PART_OF_DIGEST"',
    "digest-and-more": '-u "$TILL_USER:$TILL_DIGEST-x"',
    "bearer": f"-H 'Authorization: Bearer {INVENTED}'",
    "not-base64": "-H 'Authorization: Basic §'",
    "oauth": f'-H "{TOKEN_HEADER}: $TOKEN"',
    "part-of-token": f'-H "{TOKEN_HEADER}: $PART_OF_TOKEN"',
    "token-and-more": f'-H "{TOKEN_HEADER}: $TOKEN-x"',
    "empty-token": f"-H '{TOKEN_HEADER};'",
    "expired-token": f'-H "{TOKEN_HEADER}: $EXPIRED_TOKEN"',
    "invented-token": f"-H '{TOKEN_HEADER}: {INVENTED}'",
    "nobody": "",
    "cookie-alone": '-H "Cookie: $COOKIE"',
}
# Commands that compute a variable from others.
DERIVED = {
    "TILL_DIGEST": f'printf %s "$TILL_PASSWORD" | {MD5}',
    "NO_ACCESS_DIGEST": f'printf %s "$NO_ACCESS_PASSWORD" | {MD5}',
    "WRONG_DIGEST": f'printf %s "$TILL_PASSWORD-wrong" | {MD5}',
    "PART_OF_DIGEST": 'printf %s "$TILL_DIGEST" | cut -c1-8',
    "PART_OF_TOKEN": 'printf %s "$TOKEN" | sed "s/....$//"',
    "UPPER_CASE_DIGEST": 'printf %s "$TILL_DIGEST" | tr a-f A-F',
}
FLAGS = "-i -g"  # show the status; no patterns in the address
NO_PROXY = "--noproxy '*'"  # regardless of the environment, as in the suite


def curl(template: Template, target: Target) -> str:
    """Return the commands that send the request of a template to a target, for sh and bash."""
    who = template.who
    if who == "caller":
        who = "till" if "till" in target.auth else "oauth"
    writer = _Writer(target, template.complete)
    arguments = [
        f"curl -X {shlex.quote(template.method)} {_url(template, writer)} {FLAGS}",
        *_connection(writer),
        *([credentials] if (credentials := _credentials(who, writer)) else []),
        *_headers(writer),
        *(f"-H {_header(name, value, writer)}" for name, value in template.headers),
    ]
    before, body = _body(template, writer)
    if body and not any(name.lower() == "content-type" for name, _ in template.headers):
        arguments.append("-H Content-Type:")  # otherwise curl adds its own
    command = before + " \\\n  ".join([*arguments, *body])
    return " &&\n".join([*_base_url(target), *writer.exports, command])


def _base_url(target: Target) -> list[str]:
    """The line that exports the address, or demands it where it came from the environment."""
    if target.base_url in target.secrets:
        return ['export BASE_URL="${BASE_URL:?set it to base_url of the target file}"']
    return [f"export BASE_URL={_word(target.base_url)}"]


def _connection(writer: "_Writer") -> list[str]:
    """The options of curl for the proxy, the client certificate and the authorities of the target."""
    connection = writer.target.connection
    options = [NO_PROXY]
    if connection.proxy:
        options = [f'-x "${writer.variable("PROXY", "proxy of the target file", connection.proxy)}"']
    if connection.certificate:
        certificate, key = connection.certificate
        options.append(f"-E {_word(str(certificate))}" + (f" --key {_word(str(key))}" if key else ""))
    if connection.authorities:
        options.append(f"--cacert {_word(str(connection.authorities))}")
    return options


def _headers(writer: "_Writer") -> list[str]:
    """The headers that the target file has sent with every request."""
    arguments = []
    for name, value in writer.target.headers:
        if value in writer.target.secrets:
            variable = writer.variable(
                f"HEADER_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}", f"headers.{name} of the target file", value
            )
            arguments.append(f'-H "{name}: ${variable}"')
        else:
            arguments.append(f"-H {_word(f'{name}: {value}')}")
    return arguments


Part = tuple[str, str]  # the name of a variable, or nothing; and literal text


@frozen
class _Writer:
    """Converts templates to words of a shell, and collects the variables that they need."""

    target: Target
    complete: bool
    exports: list[str] = field(factory=list)
    _values: dict[str, str] = field(init=False)

    @_values.default
    def _of_target(self) -> dict[str, str]:
        return values(self.target)

    def parts(self, text: str, written: Callable[[str], str] = str) -> list[Part]:
        """Return text with placeholders as variables and literals; `written` is the encoding of values and text."""
        parts: list[Part] = []
        for index, part in enumerate(re.split(f"({PLACEHOLDER.pattern})", text)):
            if not index % 2:
                parts += self._unmasked(part, written)
            elif part == "$$":
                parts.append(("", written("$")))
            elif part.startswith("$series.") and part[1:] in self._values:
                parts.append(("", self._values[part[1:]]))
            else:
                parts.append((self._placeholder(part[1:], written), ""))
        return _joined(parts)

    def variable(self, name: str, key: str, value: str | None, note: str = "") -> str:
        """Return the name of a variable for the value of a key of the target file, or for the value that `note`
        describes.
        """
        if value is not None and self.target.disposable and is_on_loopback(self.target.base_url):
            self._export(_exported(name, value))
        else:
            self._export(f'export {name}="${{{name}:?set it to {key}{note}}}"')
        return name

    def derived(self, name: str) -> None:
        """Return a variable that is computed from others."""
        self._export(f'export {name}="$({DERIVED[name]})"')

    def of_auth(self, name: str, written: str = "") -> str:
        """Return the name of the variable for a key under [auth]; `written` is json or empty."""
        return self._placeholder(f"{written}auth.{name}", str)

    def _export(self, line: str) -> None:
        if line not in self.exports:
            self.exports.append(line)

    def _placeholder(self, placeholder: str, written: Callable[[str], str]) -> str:
        prefix, name = re.fullmatch(r"(json\.|ascii\.)?(.*)", placeholder, re.DOTALL).groups("")  # type: ignore[union-attr]
        value = self._values.get(name)
        form = written(escaped(value)[prefix]) if value is not None else None
        kind = "URL" if written is not str else prefix.rstrip(".").upper()
        if form == value:
            kind = ""
        note = {"JSON": ", as JSON escapes it", "ASCII": ", as JSON escapes it in ASCII", "URL": ", percent-encoded"}
        key = re.sub(r"^known\.(\d+)", r"known[\1]", name)
        key = f"customers.{key}" if name.startswith(("known", "unknown")) else key
        words = re.sub(r"\W", "_", name.removeprefix("auth.")).upper()
        return self.variable(
            f"{words}_{kind}" if kind else words, f"{key} of the target file", form, note.get(kind, "")
        )

    def _unmasked(self, text: str, written: Callable[[str], str]) -> Iterator[Part]:
        """Return the text, with a variable for each value of an earlier response that was masked in it."""
        rest = 0
        for match in MASKED.finditer(text) if not self.complete else ():
            yield "", written(text[rest : match.start()])
            name = re.sub(r"\W", "_", match[0].strip("<>")).upper()
            yield (
                self.variable(
                    name, f"the {match[1]} of an earlier answer, which no report holds; its test fills it in", None
                ),
                "",
            )
            rest = match.end()
        yield "", written(text[rest:])


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Return the parts without empty ones, with adjacent texts joined."""
    joined: list[Part] = []
    for name, literal in parts:
        if joined and not name and not joined[-1][0]:
            joined[-1] = ("", joined[-1][1] + literal)
        elif name or literal:
            joined.append((name, literal))
    return joined


def _exported(name: str, value: str) -> str:
    if value.isprintable():
        return f"export {name}={_word(value)}"
    escapes = _escapes(f"{value}.".encode())  # the full stop preserves trailing line breaks
    return f"""{name}="$(printf '{escapes}')" &&\nexport {name}="${{{name}%.}}\""""


def _credentials(who: str, writer: _Writer) -> str:
    argument = CREDENTIALS[who]
    for name in re.findall(r"\$(\w+)", argument):
        _provide(name, writer)
    return argument


def _provide(name: str, writer: _Writer) -> None:
    """Export the inputs of a variable of CREDENTIALS, and the variable."""
    if name == "TOKEN":
        key, secret = (writer.of_auth(f"oauth.{part}", "json.") for part in ("key", "secret"))
        body = f"""'{{"key":"'"${key}"'","secret":"'"${secret}"'"}}'"""
        options = " ".join(["-s -g", *_connection(writer), *_headers(writer)])
        fetched = f"curl {options} \"$BASE_URL{spec.TOKEN_PATH}\" -H 'Content-Type: application/json'"
        extraction = r"""sed -n '/"accessToken" *: *"/{s/.*"accessToken" *: *"\([^"]*\)".*/\1/;s#\\/#/#g;p;}'"""
        writer.exports.append(f'TOKEN="$({fetched} \\\n  --data-raw {body} | {extraction})"')
        writer.exports.append('export TOKEN="${TOKEN:?the target granted no token}"')
    elif name == "COOKIE":
        writer.variable(name, "the cookies that an earlier answer set", None)
    elif name in DERIVED:
        for needed in re.findall(r"\$(\w+)", DERIVED[name]):
            _provide(needed, writer)
        writer.derived(name)
    else:
        till, _, key = name.rpartition("_")
        of_key = {"EXPIRED": "expired-token"}.get(till, f"{till.lower().replace('_', '-')}.{key.lower()}")
        writer.of_auth(of_key)


def _url(template: Template, writer: _Writer) -> str:
    parts = [("BASE_URL", ""), *writer.parts(template.path)]
    for index, (name, value) in enumerate(template.query):
        parts += [("", "&" if index else "?"), *writer.parts(name, quote_plus), ("", "=")]
        parts += writer.parts(value, quote_plus)
    return _words(parts)


def _header(name: str, value: str, writer: _Writer) -> str:
    text = f"{name};" if not value else f"{name}: {value}"  # curl omits a header with nothing after its colon
    return _words(writer.parts(text), "latin-1")


def _body(template: Template, writer: _Writer) -> tuple[str, Sequence[str]]:
    """Return the commands before curl, and curl's arguments."""
    if template.body.encoding == "withheld":
        what = f"a file with the body, {template.body.content} that hold secrets; its test alone can send it again"
        return "", [f'--data-binary @"${writer.variable("BODY_FILE", what, None)}"']
    text = text_of(template.body)
    if text is None:
        pieces = [_piece(base64.b64decode(template.body.content))]
    else:
        parts = writer.parts(text)
        shown = "".join(literal for _, literal in parts)
        if not parts:
            return "", [] if template.method == "GET" else ["--data-raw ''"]
        if len(shown) <= LONGEST and shown.isprintable():
            return "", [f"--data-raw {_words(parts)}"]
        pieces = [f'printf %s "${name}"' if name else _piece(literal.encode()) for name, literal in parts]
    return "{ " + "; ".join(pieces) + "; } |\n", [
        "-H Expect:",
        "--data-binary @-",
    ]  # no Expect: 100-continue


def _piece(literal: bytes) -> str:
    """Return the command that writes these bytes."""
    if len(literal) <= LONGEST_ESCAPED:
        return f"printf '{_escapes(literal)}'"
    packed = base64.b64encode(gzip.compress(literal, mtime=0)).decode()
    return f"printf %s '{packed}' | base64 -d | gunzip"


def _words(parts: Sequence[Part], encoding: str = "utf-8") -> str:
    """Return a word of the shell; of plain text and variables, in one pair of quotes."""
    if any(name for name, _ in parts) and all(PLAIN.fullmatch(literal) for _, literal in parts):
        followers = [*(literal[:1] for _, literal in parts[1:]), ""]
        words = [
            (f"${{{name}}}" if IN_NAME.match(after) else f"${name}") if name else literal
            for (name, literal), after in zip(parts, followers, strict=True)
        ]
        return f'"{"".join(words)}"'
    return "".join(f'"${name}"' if name else _word(literal, encoding) for name, literal in parts)


def _word(text: str, encoding: str = "utf-8") -> str:
    if text.isprintable() and (text.isascii() or encoding == "utf-8"):
        return shlex.quote(text)
    return f"\"$(printf '{_escapes(text.encode(encoding))}')\""


def _escapes(literal: bytes) -> str:
    """Return bytes for printf, within single quotes; special ones are written in octal."""
    plain = set(b' ,:;=+._/@()[]{}<>"$&|#~*?^`') | set(range(48, 58)) | set(range(65, 91)) | set(range(97, 123))
    return "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in literal)
