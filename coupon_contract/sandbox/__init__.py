"""The reference implementation of the contract: a server for development and tests.

`python -m coupon_contract.sandbox` serves it; `create_app` gives the same ASGI application for use inside a process.
"""

from coupon_contract.sandbox.app import create_app
from coupon_contract.sandbox.seed import Seed, SeedError, load_seed

__all__ = ["Seed", "SeedError", "create_app", "load_seed"]
