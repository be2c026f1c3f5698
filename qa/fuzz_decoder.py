"""The fuzz target of qa.fuzz --decoder: python -m qa.fuzz_decoder FOLDER [libFuzzer's options]

FOLDER is where atheris is installed. For any bytes, decoding returns an object or raises Unusable, reading it returns a
request or raises Unusable, and no number is too large to be compared.
"""

import sys
from importlib import import_module

sys.path.insert(0, sys.argv.pop(1))
atheris = import_module("atheris")

with atheris.instrument_imports(include=["coupon_contract.sandbox.json_body", "coupon_contract.sandbox.codec", "json"]):
    from coupon_contract.sandbox.codec import issue_request
    from coupon_contract.sandbox.issuing import check_request
    from coupon_contract.sandbox.json_body import Unusable, json_object


def decode(body: bytes) -> None:
    """Run one attempt; any exception other than Unusable is a finding."""
    try:
        request = issue_request(json_object(body))
    except Unusable:
        return
    check_request(request)


if __name__ == "__main__":
    atheris.Setup(sys.argv, decode)
    atheris.Fuzz()
