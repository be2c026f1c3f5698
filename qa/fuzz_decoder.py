"""What qa.fuzz runs for --decoder: python -m qa.fuzz_decoder FOLDER [libFuzzer's options]

FOLDER is where atheris is installed. Whatever the bytes are, decoding gives an object or says that they are unusable,
reading it gives a request or says the same, and no number is too large to be compared.
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
    """One attempt; whatever else it raises is a finding."""
    try:
        request = issue_request(json_object(body))
    except Unusable:
        return
    check_request(request)


if __name__ == "__main__":
    atheris.Setup(sys.argv, decode)
    atheris.Fuzz()
