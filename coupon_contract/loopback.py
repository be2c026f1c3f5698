"""Addresses of this machine."""

from ipaddress import IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine.

    Names under `localhost` are reserved for loopback (RFC 6761, 6.3). An address of this machine may still be the end
    of a tunnel.
    """
    name = host.lower().removesuffix(".")
    try:
        address = ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None  # is_loopback: from Python 3.13 on
    return (mapped or address).is_loopback
