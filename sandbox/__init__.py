"""The reference implementation of the contract: a server to run against at home.

`python -m sandbox` serves it; `create_app` gives the same ASGI application for use inside a process.
"""

from sandbox.app import create_app
from sandbox.seed import Seed, SeedError, load_seed

__all__ = ["Seed", "SeedError", "create_app", "load_seed"]
