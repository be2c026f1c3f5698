"""Runs tests of MUST clauses once more that could not observe anything, so that one lost response decides nothing."""

from collections.abc import Callable, Iterator

import pytest

from coupon_contract import spec
from coupon_contract.suite.run import Run


class SecondLook:
    """A pytest plugin that runs unobserved tests once more at the end, with new requests in the budget."""

    def __init__(self, run: Run, clauses: Callable[[pytest.Item], list[str]]) -> None:
        self.run, self.clauses = run, clauses

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Run the tests, and then those again that could not observe anything."""
        result = yield
        again = [item for item in session.items if item.nodeid in self.run.unobserved and self._decides(item)]
        for item, following in zip(again, [*again[1:], None], strict=False):
            if self.run.transport.stopped or session.shouldfail or session.shouldstop:
                break
            item._initrequest()  # type: ignore[attr-defined]  # pytest has no public way to run a test again
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)  # keeps the module's fixtures
        return result

    def _decides(self, item: pytest.Item) -> bool:
        return any(spec.clauses()[clause].level == "MUST" for clause in self.clauses(item))
