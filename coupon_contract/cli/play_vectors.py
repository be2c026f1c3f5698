"""Plays vectors for clients over HTTP on loopback: coupon-contract play-vectors decoding.json | issue-once.json.

The first line of the output is the address, and `<address>/some-id` is the base URL for a client of vector `some-id`. A
decoding vector is the response to its issuing call (vector_player.py); a vector of issue-once is a platform with its
lists (play_issue_once.py). Exit status: 0 when it is interrupted, 4 for a file that holds no vectors for clients.

With a program after `--`, decoding.json or external-ids.json is played to it, and what it reports is judged
(play_to_program.py). Exit status: 0 all right, 1 something is wrong, 3 the program failed.
"""

import argparse
import json
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coupon_contract import terminal
from coupon_contract.cli import play_issue_once, play_to_program
from coupon_contract.cli.program import split
from coupon_contract.cli.vector_player import server
from coupon_contract.suite.problem import counted

Json = Any
DECODING, ISSUE_ONCE, EXTERNAL_IDS = "decoding", "issue-once", "external-ids"
NEEDED = {DECODING: "answer", ISSUE_ONCE: "looks", EXTERNAL_IDS: "left"}  # in each vector
PLAYED = "decoding.json or issue-once.json"
TO_PROGRAMS = {DECODING: play_to_program.decoding, EXTERNAL_IDS: play_to_program.external_ids}
LARGEST_PORT = 65_535


def main(arguments: Sequence[str]) -> int:
    """`coupon-contract play-vectors`: play to the program after `--`, or until interrupted or terminated."""
    ours, command = split(arguments)
    parser = terminal.Parser(
        prog="coupon-contract play-vectors",
        usage="%(prog)s [options] FILE [-- PROGRAM…]",
        description="Play the responses of decoding.json, or the lists of issue-once.json, on loopback, for a client in"
        " any language; or play decoding.json or external-ids.json to a program, and judge what it reports.",
        epilog="The program reads a JSON line for each call and prints one, as the page on vectors says (vectors.md).",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", type=vectors_in, help="a file of vectors/ in the bundle")
    parser.add_argument("--port", type=_port, default=0, metavar="PORT", help="port to listen on (default: a free one)")
    parser.add_argument(
        "--key",
        default=play_issue_once.KEY,
        help="what your client sends as its key, which the lists of issue-once.json then hold (default: %(default)s)",
    )
    chosen = parser.parse_args(ours)
    kind, vectors = chosen.file
    if "--" in arguments:
        if kind not in TO_PROGRAMS:
            parser.error("issue-once.json is not played to a program; start it without one")
        if not command or shutil.which(command[0]) is None:
            parser.error(f"{command[0]}: no such program" if command else "give the program after --")
        return TO_PROGRAMS[kind](vectors, command)
    if kind == EXTERNAL_IDS:
        parser.error("external-ids.json holds no responses; give a program that compares them after --")
    try:
        player = (
            play_issue_once.server(vectors, chosen.key, chosen.port)
            if kind == ISSUE_ONCE
            else server(vectors, chosen.port)
        )
    except OSError as problem:
        parser.error(f"--port: {chosen.port} cannot be listened on ({problem.strerror})")
    with player:
        terminal.write(f"playing {counted(len(vectors), 'vector')} at http://127.0.0.1:{player.server_port}")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            player.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def vectors_in(file: str) -> tuple[str, list[Json]]:
    """Return the kind and the vectors of decoding.json or issue-once.json. Raises argparse.ArgumentTypeError."""
    try:
        content = json.loads(Path(file).read_bytes())
    except (OSError, ValueError):
        raise argparse.ArgumentTypeError(f"{file}: cannot be read as JSON; name {PLAYED}") from None
    kind = content.get("kind") if isinstance(content, dict) else None
    needed = NEEDED.get(str(kind))
    vectors = content.get("vectors") if needed else None
    if not isinstance(vectors, list) or not all(isinstance(entry, dict) and needed in entry for entry in vectors):
        raise argparse.ArgumentTypeError(f"{file}: holds no vectors for clients; name {PLAYED}")
    return str(kind), vectors


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {LARGEST_PORT}")
    return int(text)
