"""Makes the collections of requests for Postman and Bruno, with assertions on each response."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from coupon_contract import spec
from scripts import node
from scripts.publish import schemas

Json = Any
TEXTS = ("description", "examples", "title")
OPERATIONS = {
    "issue": (spec.ISSUE_PATH, "post"),
    "find": (spec.READ_BACK_PATH, "get"),
    "list": (spec.CUSTOMER_COUPONS_PATH, "get"),
    "revoke": (spec.REVOKE_PATH, "post"),
    "token": (spec.TOKEN_PATH, "post"),
}


def write(folder: Path, document: Path) -> None:
    """Write both collections of a document (JSON) into a new folder. Raises node.ToolError."""
    folder.mkdir()
    content = json.loads(document.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        judged = Path(scratch) / "schemas.json"
        judged.write_text(json.dumps(response_schemas(content)), encoding="utf-8")
        targets = (folder / "coupon-contract.postman.json", folder / "bruno")
        node.script("collections.mjs", document, judged, *targets)


def response_schemas(document: Json) -> dict[str, Json]:
    """Return the judged schema of the 200 response of each operation, without its texts."""
    return {name: _bare(_of_response(document, *place)) for name, place in OPERATIONS.items()}


def _of_response(document: Json, path: str, method: str) -> Json:
    content = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    root = re.sub(r"^.*/", "", content["schema"]["$ref"])
    return schemas.self_contained(document, root, root, judge=True)


def _bare(node: Json, *, names: bool = False) -> Json:
    """Return a copy without texts and `$id`: two schemas with the same one cannot be compiled together."""
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if names or key not in (*TEXTS, "$id")}
    return {key: _bare(value, names=not names and key in ("properties", "$defs")) for key, value in kept.items()}
