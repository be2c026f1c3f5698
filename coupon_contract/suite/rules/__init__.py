"""The rules that hold for every answer of the issuing operation, one function a rule, one clause each."""

from coupon_contract.suite.rules import expected, outcome, shape, uniqueness_and_limits

__all__ = ["expected", "outcome", "shape", "uniqueness_and_limits"]
