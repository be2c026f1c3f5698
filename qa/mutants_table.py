"""The figures of judged mutants, as Markdown. Pure."""

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"
NOT_STARTED, NOT_JUDGED = "not started", "not judged"
WORDS = (KILLED, EQUIVALENT, SURVIVED, NOT_JUDGED, NOT_STARTED)
PREFIX = "coupon_contract/sandbox/"


@frozen
class Outcome:
    """The end of one mutant: its word, the clauses that failed or the ledger entries that accept it, and the first
    response that differed as request, original and mutant.
    """

    key: str
    path: str
    line: int
    text: str
    word: str
    clauses: Sequence[str] = ()
    entries: Sequence[str] = ()
    difference: Sequence[str] = ()
    exit_status: int = 0
    seconds: float = 0.0


def share(outcomes: Sequence[Outcome]) -> str:
    """Return the killed mutants as a share of those that start and are not equivalent."""
    counts = Counter(outcome.word for outcome in outcomes)
    others = counts[KILLED] + counts[SURVIVED] + counts[NOT_JUDGED]
    return f"{counts[KILLED] / others:.1%}" if others else "none"


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return one line of figures."""
    counts = Counter(outcome.word for outcome in outcomes)
    figures = ", ".join(f"{counts[word]} {word}" for word in WORDS)
    return f"{len(outcomes)} mutants: {figures}; killed of those that differ: {share(outcomes)}"


def page(outcomes: Sequence[Outcome], of: int, requests: int, seed: int, commit: str) -> str:
    """Return bench/mutation.md; `of` is the number of all mutants."""
    sampled = f"{len(outcomes)} of {of} mutants, a random sample" if len(outcomes) < of else f"all {of} mutants"
    lines = [
        "# Mutants",
        "",
        f"<!-- written by `python -m qa.mutants --write` at commit {commit} -->",
        "",
        "Changes of single places in the sandbox, made by mutmut's operators, that nobody chose. **Killed**: a clause",
        f"fails. **Equivalent**: none of {requests:,} requests (seed {seed}) gets a response that differs from the",
        "original's, or only in ways that ledger entries accept. **Not judged**: the suite says that it could not",
        "judge, or the mutant hangs; that is no kill. **Not started**: it cannot be imported, or no server starts. The",
        "share is that of killed mutants among killed, survived and not judged ones.",
        "",
        f"Judged: {sampled}.",
        "",
        f"| module | mutants | {' | '.join(WORDS)} | share |",
        f"|---|{'---:|' * (len(WORDS) + 2)}",
        *(_row(path.removeprefix(PREFIX), _of(outcomes, path)) for path in sorted({each.path for each in outcomes})),
        _row("all", outcomes),
        "",
        "## Survivors",
        "",
        *(_listed(outcomes, SURVIVED) or ["None."]),
        "",
        "## Not judged",
        "",
        *(_listed(outcomes, NOT_JUDGED) or ["None."]),
        "",
        "## Equivalent by the ledger",
        "",
        "| mutant | entries |",
        "|---|---|",
        *(
            f"| {_place(each)} {_quoted(each.text)} | {', '.join(each.entries)} |"
            for each in outcomes
            if each.word == EQUIVALENT and each.entries
        ),
    ]
    return "\n".join([*lines, ""])


def _of(outcomes: Sequence[Outcome], path: str) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.path == path]


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    counts = Counter(outcome.word for outcome in outcomes)
    cells = " | ".join(str(counts[word]) for word in WORDS)
    return f"| {name} | {len(outcomes)} | {cells} | {share(outcomes)} |"


def _listed(outcomes: Sequence[Outcome], word: str) -> list[str]:
    listed = sorted((each for each in outcomes if each.word == word), key=lambda each: (each.path, each.line))
    return [f"- {_place(each)} {_quoted(each.text)}" for each in listed]


def _place(outcome: Outcome) -> str:
    return f"{outcome.path.removeprefix(PREFIX)}:{outcome.line}"


def _quoted(text: str) -> str:
    """Return the text as code; a bar would end a cell."""
    return f"`` {text.replace('|', chr(0x2502))} ``"
