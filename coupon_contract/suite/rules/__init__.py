"""The rules for every response of the issuing operation: one function per rule, one clause per function."""

from coupon_contract.suite.rules import expected, outcome, shape, uniqueness_and_limits

__all__ = ["expected", "outcome", "shape", "uniqueness_and_limits"]
