"""`python -m sandbox`: serve the sandbox, and print what one needs to use it."""

import argparse
import ipaddress
import json
import shlex
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import uvicorn

import spec
from sandbox.app import create_app
from sandbox.auth import password_hash
from sandbox.behaviour import UnknownBehaviour
from sandbox.seed import DEFAULT_SEED, Seed, SeedError, load_seed
from sandbox.store import MEMORY, StoreBusy, StoreError

CANNOT_START = 4  # the suite's status for a usage error
GRACE_SECONDS = 5


class Parser(argparse.ArgumentParser):
    """argparse with our exit status."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(CANNOT_START, f"coupon sandbox: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 0 then, 4 if the sandbox cannot start."""
    options = parser().parse_args(arguments)
    if options.list_faults:
        return list_faults()
    try:
        purpose = on_purpose(options.fault, options.variant)
        seed = load_seed(options.seed)
        app = create_app(seed, options.database, behaviour=options.fault or options.variant)
        listener = listen(options.host, options.port)
    except StoreBusy:
        return cannot_start("another process keeps the database locked")
    except (SeedError, StoreError, UnknownBehaviour) as error:
        return cannot_start(str(error))
    except OSError as error:
        return cannot_start(f"{options.host} port {options.port}: {error.strerror or error}")
    server = uvicorn.Server(
        uvicorn.Config(app, access_log=False, log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS)
    )
    stop_on_signals(server)
    warn_if_public(options.host)
    announce(address(options.host, listener), seed, purpose)
    server.run(sockets=[listener])
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = Parser(prog="python -m sandbox", description=__doc__)
    found.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    found.add_argument("--port", type=port_number, default=0, help="port to listen on (default: a free one)")
    database = "SQLite file or postgresql:// URL (default: memory)"
    found.add_argument("--database", default=MEMORY, metavar="WHERE", help=database)
    found.add_argument("--seed", type=Path, default=DEFAULT_SEED, metavar="FILE", help="TOML file (default: our own)")
    behaviour = found.add_mutually_exclusive_group()
    behaviour.add_argument("--fault", metavar="NAME", help="be wrong in one way on purpose")
    behaviour.add_argument("--variant", metavar="NAME", help="be right in another way")
    behaviour.add_argument("--list-faults", action="store_true", help="list faults and variants, and end")
    return found


def port_number(text: str) -> int:
    """A TCP port, 0 for a free one. getaddrinfo would take 99999 and use what fits into 16 bits."""
    if not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return int(text)


def list_faults() -> int:
    """Print every fault with the clauses it breaks, and every variant with the ledger entries it rests on."""
    from sandbox.faults import FAULTS, VARIANTS

    for fault in FAULTS.values():
        print(f"{fault.name}\n    breaks {', '.join(sorted(fault.breaks))}\n    {fault.text}")
    for variant in VARIANTS.values():
        print(f"{variant.name} (variant)\n    rests on {', '.join(variant.ledger) or 'HTTP'}\n    {variant.text}")
    return 0


def on_purpose(fault: str | None, variant: str | None) -> list[str]:
    """The lines that tell of a fault or variant, none without one. Raises UnknownBehaviour."""
    if fault is None and variant is None:
        return []
    from sandbox.faults import fault_named, variant_named  # here, so that nobody else loads their code

    if fault is not None:
        return [f"wrong on purpose, fault {fault}: {fault_named(fault).text}"]
    return [f"right in another way, variant {variant}: {variant_named(variant or '').text}"]


def cannot_start(reason: str) -> int:
    """Say why, and give the exit status."""
    sys.stderr.write(f"coupon sandbox: {reason}\n")
    return CANNOT_START


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: whoever connects from now on is served. Raises OSError."""
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(socket.SOMAXCONN)
    except BaseException:
        listener.close()
        raise
    return listener


def stop_on_signals(server: uvicorn.Server) -> None:
    """Stop cleanly at any time: uvicorn's own handlers come later, and would end the process by the signal."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def warn_if_public(host: str) -> None:
    """The credentials are public, so only loopback is safe."""
    if not is_loopback(host):
        sys.stderr.write(f"coupon sandbox: {host} is not loopback; the credentials below are known to everyone\n")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(host: str, listener: socket.socket) -> str:
    """The URL to call."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def announce(url: str, seed: Seed, purpose: Sequence[str] = ()) -> None:
    """Print the address (the first line, alone), then credentials, a first call, and the series."""
    told = [*credentials(seed), "", *first_call(url, seed), "", *series_states(seed)]
    lines = [f"coupon sandbox at {url}", *purpose, "", *told]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def credentials(seed: Seed) -> list[str]:
    """Every till and client of the seed."""
    tills = [
        f"  till {till.user}, password {till.password}: send {password_hash(till.password)}"
        + ("" if till.access else " (no access: 403)")
        for till in seed.tills
    ]
    clients = [f"  key {client.key}, secret {client.secret}" for client in seed.oauth.clients]
    return ["Basic", *tills, f"OAuth (POST {spec.TOKEN_PATH})", *clients]


def first_call(url: str, seed: Seed) -> list[str]:
    """A command that issues a coupon, if the seed has what it takes."""
    till = next((till for till in seed.tills if till.access), None)
    if till is None or not seed.series or not seed.customers:
        return []
    kind, value = next(iter(seed.customers[0].identifiers.items()))
    body = json.dumps({"seriesId": seed.series[0].id, "count": 2, "customer": {kind: value}})
    return [
        "Issue two coupons",
        f"  curl -u {till.user}:{password_hash(till.password)} -H 'Content-Type: application/json' \\",
        f"    -d {shlex.quote(body)} {url}{spec.ISSUE_PATH}",
    ]


def series_states(seed: Seed) -> list[str]:
    """Every series with its state."""
    return ["Series", *(f"  {series.id:<12} {series.state}" for series in seed.series)]


if __name__ == "__main__":
    sys.exit(main())
