"""Selections of tests by -k: the exact id of a clause means that clause, and none whose id contains it.

pytest looks for each word of such an expression within the names of a test. So every test has a token for each of its
clauses, which is part of no other name, and takes the place of an exact id in the expression.
"""

import re

from coupon_contract import spec

WORD = re.compile(r"[\w:+\-.\[\]\\/]+")  # as in the expressions of pytest
OPERATORS = ("and", "or", "not")


def token(clause: str) -> str:
    """Return the word that stands for this clause alone."""
    return f":{clause}:"


def exact(expression: str) -> str:
    """Return an expression of -k with the token of a clause in place of each exact id."""
    return WORD.sub(lambda word: token(word[0]) if word[0] in spec.clauses() else word[0], expression)


def clauses_of(expression: str) -> frozenset[str]:
    """Return the clauses that an expression asks for; none if it is more than exact ids with "or" between."""
    words = WORD.findall(expression)
    clauses = {word.strip(":") for word in words if word not in OPERATORS}
    only_clauses = all(word == "or" or (word == token(word.strip(":"))) for word in words)
    return frozenset(clauses) if only_clauses and clauses <= spec.clauses().keys() else frozenset()
