"""The suite's command line options. A plugin of its own, so that pytest knows them wherever it is started."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("contract", "judging an implementation")
    group.addoption(
        "--target", metavar="URL|TOML", help="the implementation to judge: a target file, or a sandbox's URL"
    )
    group.addoption("--show-clauses", action="store_true", help="with --collect-only: list the clauses that tests cite")
    group.addoption("--seed", type=int, default=0, metavar="N", help="seed of the generated requests (default: 0)")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that every contract test carries."""
    config.addinivalue_line("markers", "clause(id): the clause of spec/clauses.toml that the test asserts")
