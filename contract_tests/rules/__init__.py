"""The rules that hold for every answer of the issuing operation, one function a rule, one clause each."""

from contract_tests.rules import expected, outcome, over_the_run, shape

__all__ = ["expected", "outcome", "over_the_run", "shape"]
