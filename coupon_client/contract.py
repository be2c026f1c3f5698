"""Constants of the contract. Written by `make generate` from openapi.yaml, codes.toml and outcomes.toml in spec/."""

VERSION = "0.2.0"  # of the document, and so of this client
ISSUE_PATH = "/v2/coupon/issue/multiple"
TOKEN_PATH = "/v3/oauth/token/generate"  # noqa: S105 - a path, not a secret
READ_BACK_PATH = "/v2/coupon"
CUSTOMER_COUPONS_PATH = "/v2/customers/coupons"
REVOKE_PATH = "/v2/coupon/revoke"
TOKEN_HEADER = "X-CAP-API-OAUTH-TOKEN"  # noqa: S105 - a header's name
IDENTIFIERS = ("mobile", "email", "externalId")
FIELD_NAMES = frozenset(
    {
        "accessToken",
        "accountId",
        "allFields",
        "alphaNumeric",
        "autoUpdateTime",
        "code",
        "commChannels",
        "count",
        "couponCode",
        "couponCodes",
        "couponConfig",
        "couponId",
        "couponIssualDetails",
        "couponSeriesId",
        "coupons",
        "createdDate",
        "customPropertyMap",
        "customer",
        "customers",
        "data",
        "description",
        "detailedInfo",
        "discountCode",
        "discountOn",
        "discountType",
        "discountUpto",
        "discountValue",
        "email",
        "entity",
        "errorCode",
        "errorMessage",
        "errors",
        "externalId",
        "externalIssual",
        "failedCount",
        "failedToRevoke",
        "failureCount",
        "fields",
        "firstName",
        "fixedExpiryDate",
        "id",
        "identifiers",
        "identifiersAll",
        "info",
        "issueToLoyalty",
        "issuedToUserId",
        "key",
        "lastName",
        "latestIssualTime",
        "latestRedemptionTime",
        "limit",
        "message",
        "metadata",
        "mobile",
        "notes",
        "numTotal",
        "numUploadedNonIssued",
        "numUploadedTotal",
        "offset",
        "ownerId",
        "ownerValidity",
        "pagination",
        "profiles",
        "randomCodeLength",
        "reason",
        "redemptionValidAfterDays",
        "revokedCoupons",
        "secret",
        "seriesId",
        "shortCodeLength",
        "sourceActivity",
        "sourceId",
        "sourceType",
        "status",
        "success",
        "successCount",
        "total",
        "totalCount",
        "ttlSeconds",
        "type",
        "updateProductData",
        "userId",
        "validTill",
        "value",
        "warnings",
    }
)  # of all objects of the document: masked responses show these keys
COUNT_MINIMUM = 1  # coupons
COUNT_MAXIMUM = 500  # coupons
METADATA_LENGTHS = {
    "source_type": 50,
    "source_id": 50,
    "source_activity": 50,
    "notes": 250,
    "reason": 250,
}  # characters
CERTAIN_REFUSALS = frozenset(
    {
        677,
        701,
        707,
        709,
        712,
        713,
        742,
        755,
        756,
        777,
        5001,
        5002,
        5004,
        5005,
    }
)  # codes of `errors` that prove that nothing was issued (ledger certain-refusals)
ISSUED_OR_IN_DOUBT = frozenset(
    {
        500,
        510,
        621,
        626,
        629,
        678,
        679,
        687,
        700,
        702,
        704,
        722,
        724,
        730,
        731,
        748,
        786,
        787,
        789,
        790,
        791,
        792,
        793,
        794,
        796,
        797,
        798,
        5006,
    }
)  # codes whose documented text contradicts a refusal, partial codes included
PROCESSED = 200  # the HTTP status of requests that were processed
REJECTIONS = (400, 403, 405, 415, 429)  # HTTP statuses of requests that were not processed
UNAUTHENTICATED = 401
DECIDING_KEYS = frozenset(
    {
        "code",
        "couponId",
        "coupons",
        "errors",
        "failureCount",
        "status",
        "successCount",
        "totalCount",
        "warnings",
    }
)
NAMING_KEYS = frozenset(
    {
        "coupon",
        "couponcode",
        "couponcodes",
        "couponid",
        "couponids",
        "coupons",
    }
)
CODE_HOLDERS = frozenset(
    {
        "coupon",
        "couponcode",
        "couponcodes",
        "coupons",
    }
)
MARKERS = ("<coupon", '"coupon', "'coupon")  # in a text that is not JSON
ID_DIGITS = 40
CODE_DIGITS = 15
MOST_VALUES = 250000
LIST_CONTINUED = frozenset(
    {
        "hasmore",
        "hasnext",
        "hasnextpage",
        "nextpage",
        "next",
        "nextlink",
        "nextcursor",
        "nextoffset",
        "nexttoken",
        "cursor",
        "endcursor",
        "truncated",
        "istruncated",
        "partial",
        "incomplete",
        "remaining",
        "offset",
        "skip",
    }
)
LIST_LAST = frozenset(
    {
        "last",
        "islast",
        "islastpage",
        "lastpage",
        "complete",
        "iscomplete",
    }
)
LIST_TOTALS = frozenset(
    {
        "total",
        "totalcount",
        "totalelements",
        "totalitems",
        "totalrecords",
        "totalresults",
        "totalsize",
    }
)
LIST_NOTHING = ("", "0", "false", "none", "null")
LIST_STALE_WARNINGS = (110, 111, 112, 113)
LIST_LIMIT_MULTIPLE = 25
LIST_LIMIT_POWER = 64
LIST_PAGE = 100
LIST_DETAILS = 50
