"""What the client takes from the document. Written by `make generate` from spec/openapi.yaml; nothing by hand."""

VERSION = "0.2.0"  # of the document, and so of this client
ISSUE_PATH = "/v2/coupon/issue/multiple"
TOKEN_PATH = "/v3/oauth/token/generate"  # noqa: S105 - a path, not a secret
READ_BACK_PATH = "/v2/coupon"
TOKEN_HEADER = "X-CAP-API-OAUTH-TOKEN"  # noqa: S105 - a header's name
COUNT_MINIMUM = 1  # coupons
COUNT_MAXIMUM = 500  # coupons
METADATA_LENGTHS = {
    "source_type": 50,
    "source_id": 50,
    "source_activity": 50,
    "notes": 250,
    "reason": 250,
}  # characters
PARTIAL_CODES = (621, 626, 678, 679, 702)  # of `warnings`: some were issued
REJECTIONS = (400, 403, 405, 415, 429)  # HTTP statuses of requests that were not processed
