"""The variant of the document for request validators: it lets pass whatever the operation answers with HTTP 200.

A validator answers each violation of the request's schema with HTTP 400. For some of them the contract wants a refusal
with a code of its own, which only the implementation behind the validator can give.
"""

import copy
from typing import Any

Json = Any
REQUEST = "IssuanceRequest"
OPTIONAL = ("seriesId",)  # 756 (clause series-missing)
UNBOUNDED = {"count": ("minimum", "maximum")}  # 756 and 677 (clauses count-too-low and count-too-high)
NOTE = """**For request validators only.** `seriesId` may be missing and `count` may be any integer here, because the
contract answers these with HTTP 200 and a code, where a validator would answer 400. Generate clients from
`openapi.yaml`.

"""


def relaxed(document: Json) -> Json:
    """Return a copy of the document that refuses no request for which the contract has a code."""
    variant = copy.deepcopy(document)
    variant["info"]["description"] = NOTE + document["info"]["description"]
    request = variant["components"]["schemas"][REQUEST]
    request["required"] = [name for name in request["required"] if name not in OPTIONAL]
    for field, keywords in UNBOUNDED.items():
        for keyword in keywords:
            del request["properties"][field][keyword]
    return variant
