"""Builds the npm package: the document, the error table, and TypeScript types of both."""

import json
import tempfile
from pathlib import Path
from typing import Any

from scripts import node
from scripts.publish import bundle

Json = Any
NAME = "coupon-contract"
MODE = 0o644  # of every file in the package
README = """# coupon-contract

The OpenAPI document of coupon issuance, and its TypeScript types.

```ts
import type { components, paths } from 'coupon-contract';
import document from 'coupon-contract/openapi.json' with { type: 'json' };
import errors from 'coupon-contract/errors.json' with { type: 'json' };
```

A refusal is answered with HTTP 200: coupons were issued when `coupons` is there. Never resend a call whose answer you
did not get.
"""


def types(document: Path) -> str:
    """Return the TypeScript types of the document. Raises node.ToolError."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "types.d.ts"
        node.run("openapi-typescript", document, "--output", output)
        return output.read_text(encoding="utf-8")


def manifest(version: str) -> Json:
    """Return the package.json."""
    files = ("openapi.json", "openapi.yaml", "errors.json")
    return {
        "name": NAME,
        "version": version,
        "description": "The contract of coupon issuance: OpenAPI document, error table, TypeScript types",
        "license": "MIT",
        "type": "module",
        "types": "./index.d.ts",
        "exports": {
            ".": {"types": "./index.d.ts", "default": "./index.js"},
            **{f"./{name}": f"./{name}" for name in files},
        },
        "files": ["index.js", "index.d.ts", *files],
    }


def pack(parts: Path, output: Path, version: str) -> Path:
    """Pack the package from the parts of the bundle and return its path. Raises node.ToolError."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        taken = {
            name: (parts / name).read_bytes() for name in ("openapi.json", "openapi.yaml", "errors.json", "LICENSE")
        }
        bundle.write(folder, taken)
        bundle.write(folder, {"package.json": json.dumps(manifest(version), indent=2) + "\n", "README.md": README})
        bundle.write(folder, {"index.d.ts": types(parts / "openapi.json"), "index.js": "export {};\n"})
        for path in folder.rglob("*"):  # npm packs the modes, which depend on the umask
            path.chmod(MODE)
        node.npm("pack", folder, "--pack-destination", output, "--loglevel=error")
    return output / f"{NAME}-{version}.tgz"
