"""`python -m coupon_contract.sandbox`: serve the sandbox, and print how to use it.

`python -m coupon_contract.sandbox logs URL` prints the requests of a running one.
"""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from coupon_contract import spec, terminal
from coupon_contract.loopback import is_loopback
from coupon_contract.sandbox.admin import request_view
from coupon_contract.sandbox.admin.access import KEY_VARIABLE, Access
from coupon_contract.sandbox.app import create_app
from coupon_contract.sandbox.auth import password_hash
from coupon_contract.sandbox.behaviour import UnknownBehaviour
from coupon_contract.sandbox.hazards import MOMENTS, Hazards, latency, rate
from coupon_contract.sandbox.metrics import share_metrics
from coupon_contract.sandbox.seed import DEFAULT_SEED, Seed, SeedError, load_seed
from coupon_contract.sandbox.seeding import differing
from coupon_contract.sandbox.server.serve import listen, serve, serve_with_workers
from coupon_contract.sandbox.store import MEMORY, POSTGRES, SURVIVES, Store, StoreBusy, StoreError, StoreFailed

STILL_CHANGED = "what was changed over /__sandbox on this database is still in force: see the page, or reset it there"
OTHER_SEED = (
    "this database was last seeded from another seed; a reset goes back to the seed of the sandbox that is asked"
)
MOST_NAMED = 20  # entries of a seed
MOST_SERIES = 200  # that are printed


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 0 then, 4 if the sandbox cannot start.

    With `logs` as the first argument, print the requests of a running sandbox.
    """
    given_arguments = sys.argv[1:] if arguments is None else list(arguments)
    if given_arguments[:1] == ["logs"]:
        from coupon_contract.sandbox import logs  # imported on demand, because only this command needs a client

        return logs.main(given_arguments[1:], os.environ.get(KEY_VARIABLE))
    options = parser().parse_args(given_arguments)
    if options.list_faults:
        return list_faults()
    if options.workers > 1 and options.database == MEMORY:
        return cannot_start(f"{options.workers} workers need a database that they can share: --database coupons.db")
    try:
        purpose = on_purpose(options.fault, options.variant)
        seed = load_seed(options.seed)
        start, states = servers(options, seed, purpose)
        listener = listen(options.host, options.port)
    except StoreBusy:
        return cannot_start("another process keeps the database locked")
    except StoreFailed as error:
        return cannot_start(f"the database failed: {error}")
    except (SeedError, StoreError, UnknownBehaviour) as error:
        return cannot_start(str(error))
    except UnicodeError:
        return cannot_start(f"{options.host} is not a host name")
    except OSError as error:
        return cannot_start(f"{options.host} port {options.port}: {error.strerror or error}")
    run = start(listener)
    warn_if_public(options.host)
    announce(address(options.host, listener), seed, states, purpose)
    run()
    return 0


def servers(
    options: argparse.Namespace, seed: Seed, purpose: list[str]
) -> tuple[Callable[[socket.socket], Callable[[], None]], list[str]]:
    """Return the function that runs the server, and the lines about the state of every series.

    Adds lines about everything unusual to `purpose`. Raises what `create_app` raises.
    """
    hazards = asked_hazards(options)
    make_app = partial(
        create_app,
        seed,
        options.database,
        behaviour=options.fault or options.variant,
        survives=options.survives,
        hazards=hazards,
        access=Access(control_key(options)),
    )
    app = make_app()
    purpose += [f"going wrong on purpose: {hazards}"] if not hazards.inactive else []
    runtime, store = app.state.sandbox.runtime, app.state.sandbox.store
    if named := given(options):
        runtime.forget_some(named)  # once, before any worker starts
    purpose += [STILL_CHANGED] if runtime.is_changed() else []
    purpose += seeded_otherwise(differing(store, seed)) if app.state.seeded_otherwise else []
    states = series_states(store)
    if options.workers == 1:
        return partial(serve, app), states
    store.close()  # the store works; now every worker opens its own
    share_metrics()
    return partial(serve_with_workers, make_app, workers=options.workers), states


def given(options: argparse.Namespace) -> list[str]:
    """Return the settings that the command line names; they take precedence over stored ones."""
    hazards = (options.latency, options.error_rate, options.error_when)
    return [
        *(["behaviour"] if options.fault or options.variant else []),
        *(["hazards"] if any(hazard is not None for hazard in hazards) else []),
    ]


def seeded_otherwise(differ: Sequence[str]) -> list[str]:
    """Return the lines about a database that was last seeded from another seed."""
    more = f" and {len(differ) - MOST_NAMED} more" if len(differ) > MOST_NAMED else ""
    kept = [f"kept as the database has them, not as the seed: {', '.join(differ[:MOST_NAMED])}{more}"] if differ else []
    return [OTHER_SEED, *kept]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = terminal.Parser(prog="python -m coupon_contract.sandbox", description=__doc__)
    cli.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    cli.add_argument("--port", type=port_number, default=0, help="port to listen on (default: a free one)")
    database = "SQLite file or postgresql:// URL (default: memory)"
    cli.add_argument("--database", type=where, default=MEMORY, metavar="WHERE", help=database)
    cli.add_argument("--seed", type=Path, default=DEFAULT_SEED, metavar="FILE", help="TOML file (default: our own)")
    survives = "what answered coupons survive: a power cut (default), or only a killed process (faster)"
    cli.add_argument("--survives", choices=SURVIVES, default="power-cut", help=survives)
    cli.add_argument("--workers", type=worker_number, default=1, metavar="N", help="processes (default: 1)")
    key = f"let callers with this key see and control the sandbox, from anywhere (better: set {KEY_VARIABLE})"
    cli.add_argument("--control-key", metavar="KEY", help=key)
    late = "answer late: 50ms or 50ms-200ms"
    cli.add_argument("--latency", type=latency, metavar="TIME", help=late)
    cli.add_argument("--error-rate", type=rate, metavar="RATE", help="answer 503 to some: 0.05 is 1 in 20")
    when = "whether those requests are processed all the same (default: either)"
    cli.add_argument("--error-when", choices=MOMENTS, help=when)
    behaviour = cli.add_mutually_exclusive_group()
    behaviour.add_argument("--fault", metavar="NAME", help="be wrong in one way on purpose")
    behaviour.add_argument("--variant", metavar="NAME", help="be right in another way")
    behaviour.add_argument("--list-faults", action="store_true", help="list faults and variants, and end")
    return cli


def port_number(text: str) -> int:
    """Return a TCP port, 0 for a free one. getaddrinfo would cut 99999 to 16 bits."""
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return int(text)


def where(text: str) -> str:
    """Return a database: the path of a file, or a PostgreSQL URL."""
    if not text or ("://" in text and not text.startswith(POSTGRES)):
        raise argparse.ArgumentTypeError("write the path of a file or a postgresql:// URL")  # it may hold a password
    return text


def worker_number(text: str) -> int:
    """Return a number of processes, at least 1."""
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text} is not a number of workers: 1 or more")
    return int(text)


def asked_hazards(options: argparse.Namespace) -> Hazards:
    """Return the hazards that the options name."""
    shortest, longest = options.latency or (0, 0)
    return Hazards(shortest, longest, options.error_rate or 0, options.error_when or "either")


def control_key(options: argparse.Namespace) -> str | None:
    """Return the control key of the command line, or of the environment, or None."""
    key: str = options.control_key or os.environ.get(KEY_VARIABLE, "")
    return key or None


def list_faults() -> int:
    """Print every fault with the clauses that it breaks, and every variant with its ledger entries."""
    from coupon_contract.sandbox.faults import FAULTS, VARIANTS

    for fault in FAULTS.values():
        terminal.write(f"{fault.name}\n    breaks {', '.join(sorted(fault.breaks))}\n    {fault.text}")
    for variant in VARIANTS.values():
        terminal.write(
            f"{variant.name} (variant)\n    rests on {', '.join(variant.ledger) or 'HTTP'}\n    {variant.text}"
        )
    return 0


def on_purpose(fault: str | None, variant: str | None) -> list[str]:
    """Return the lines about a fault or variant, none without one. Raises UnknownBehaviour."""
    if fault is None and variant is None:
        return []
    from coupon_contract.sandbox.faults import (  # imported on demand, because only this option needs them
        fault_named,
        variant_named,
    )

    if fault is not None:
        return [f"wrong on purpose, fault {fault}: {fault_named(fault).text}"]
    return [f"right in another way, variant {variant}: {variant_named(variant or '').text}"]


def cannot_start(reason: str) -> int:
    """Print the reason, and return the exit status."""
    terminal.write_error(f"coupon sandbox: {reason}")
    return terminal.USAGE


def warn_if_public(host: str) -> None:
    """Warn about a public address: the credentials are public, so only loopback is safe."""
    if not is_loopback(host):
        terminal.write_error(f"coupon sandbox: {host} is not loopback; the credentials below are known to everyone")


def address(host: str, listener: socket.socket) -> str:
    """Return the URL to call; for an address of all interfaces, that of loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def announce(url: str, seed: Seed, states: Sequence[str], purpose: Sequence[str] = ()) -> None:
    """Print the address (alone on the first line), then credentials, a first call, and the series."""
    details = [*credentials(seed), "", *first_call(url, seed), "", *states]
    lines = [f"coupon sandbox at {url}", *purpose, f"page at {url}/, API reference at {url}/docs", "", *details]
    terminal.write("\n".join(lines))


def credentials(seed: Seed) -> list[str]:
    """Return a line for every till and client of the seed."""
    tills = [
        f"  till {till.user}, password {till.password}: send {password_hash(till.password)}"
        + ("" if till.access else " (no access: 403)")
        for till in seed.tills
    ]
    clients = [f"  key {client.key}, secret {client.secret}" for client in seed.oauth.clients]
    return ["Basic", *tills, f"OAuth (POST {spec.TOKEN_PATH})", *clients]


def first_call(url: str, seed: Seed) -> list[str]:
    """Return a command that issues a coupon, if the seed allows one."""
    command = request_view.first_call(url, seed)
    return ["Issue two coupons", f"  {command}"] if command else []


def series_states(store: Store) -> list[str]:
    """Return a line for every series with its state in the database."""
    states = store.all_series()
    more = [f"  and {len(states) - MOST_SERIES} more"] if len(states) > MOST_SERIES else []
    return ["Series", *(f"  {state.series.id:<12} {state.state}" for state in states[:MOST_SERIES]), *more]


if __name__ == "__main__":
    sys.exit(main())
