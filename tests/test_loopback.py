"""One definition of loopback for targets, listening addresses and callers of the control API."""

import pytest

from coupon_contract.loopback import is_loopback


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "localhost", "LocalHost", "localhost.", "till.localhost"],
)
def test_addresses_and_reserved_names_of_this_machine_are_loopback(host: str) -> None:
    assert is_loopback(host)


ELSEWHERE = "0.0.0.0 :: 10.0.0.1 ::ffff:10.0.0.1 localhost.example.com xlocalhost 127.0.0.1.nip.io 1"


@pytest.mark.parametrize("host", ["", *ELSEWHERE.split()])
def test_whatever_may_be_elsewhere_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
