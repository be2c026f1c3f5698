"""A fixture for users' tests, which pytest finds once the client is installed."""

from __future__ import annotations

import pytest

from coupon_client.testing import InProcessSandbox


@pytest.fixture
def coupon_sandbox() -> InProcessSandbox:
    """A fresh sandbox in this process, as a transport. Needs `coupon-contract[sandbox]`."""
    return InProcessSandbox()
