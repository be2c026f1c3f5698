"""The API reference with try-it at `/docs`: Swagger UI, from files of this package alone
(scripts/fetch_swagger_ui.py).
"""

import copy
import gzip
import time
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from coupon_contract import spec
from coupon_contract.sandbox.admin.access import Access
from coupon_contract.sandbox.admin.docs.examples import series_examples
from coupon_contract.sandbox.auth import password_hash
from coupon_contract.sandbox.seed import Seed

HERE = Path(__file__).parent
FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "docs.js": "text/javascript",
    "docs.css": "text/css",
}
# Swagger UI writes style elements and draws with data: images. The policy blocks requests to any other host.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SCHEME = "till"  # of the document's security schemes


def routes(seed: Seed, access: Access) -> list[Route]:
    """Return the routes of the reference. Credentials are filled in only for callers with access to the page."""

    async def reference(request: Request) -> Response:
        text = template().render(login=login(seed) if access.allows(request) else None)
        return HTMLResponse(text, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    @cache
    def served_document() -> bytes:
        return served(seed)

    async def document(_: Request) -> Response:
        return Response(served_document(), media_type="application/json")

    return [Route("/docs", reference), Route("/docs/openapi.json", document), Route("/docs/{name}", file)]


async def file(request: Request) -> Response:
    """Return a file of the reference; large ones are stored compressed, as they are sent."""
    name = request.path_params["name"]
    if name not in FILES:
        raise HTTPException(404)
    packed = HERE / f"{name}.gz"
    if not packed.exists():
        return Response((HERE / name).read_bytes(), media_type=FILES[name])
    headers = {"Cache-Control": "max-age=86400", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(gzip.decompress(packed.read_bytes()), headers=headers, media_type=FILES[name])
    return Response(packed.read_bytes(), headers=headers | {"Content-Encoding": "gzip"}, media_type=FILES[name])


def served(seed: Seed) -> bytes:
    """Return the document as JSON, with this sandbox as its first server and an example for each series of the seed."""
    document = copy.deepcopy(spec.document())
    document["servers"].insert(0, {"url": "/", "description": "This sandbox"})
    content = document["paths"][spec.ISSUE_PATH]["post"]["requestBody"]["content"]["application/json"]
    content["examples"] |= series_examples(seed, round(time.time() * 1000))
    return msgspec.json.encode(document)


def login(seed: Seed) -> dict[str, Any] | None:
    """Return the credentials of the reference: the first till with access."""
    till = next((till for till in seed.tills if till.access), None)
    return None if till is None else {"scheme": SCHEME, "user": till.user, "password": password_hash(till.password)}


@cache
def template() -> Any:
    """Return the template of the page."""
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("docs.html.jinja")
