"""Shows results.json in GitHub Actions: a table in the summary of the job, and an annotation for each failed clause.

python summary.py results.json. Writes to the files that GITHUB_STEP_SUMMARY and GITHUB_OUTPUT name, and annotations to
standard output. Texts of the results may come from a target or a program, so none of them is Markdown, HTML, or a
command to the runner.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

Json = Any
LONGEST = 300  # characters of a problem
MOST = 10  # annotations of one step that GitHub shows


def main(file: Path) -> None:
    """Show the results of a file."""
    results = json.loads(file.read_text(encoding="utf-8"))
    append("GITHUB_OUTPUT", f"verdict={results['verdict']['word']}\n")
    append("GITHUB_STEP_SUMMARY", summary(results))
    for failure in first_of_each_clause(results)[:MOST]:
        level = "error" if failure["level"] == "MUST" else "warning"
        title = (
            escaped(f"{failure['level']} {failure['clause']} #{failure['number']}")
            .replace(":", "%3A")
            .replace(",", "%2C")
        )
        sys.stdout.write(f"::{level} title={title}::{escaped(shortened(failure['problem']))}\n")


def append(variable: str, text: str) -> None:
    """Add a text to the file that an environment variable names."""
    with Path(os.environ[variable]).open("a", encoding="utf-8") as output:
        output.write(text)


def first_of_each_clause(results: Json) -> list[Json]:
    """Return the first failure of each clause that failed."""
    return list({failure["clause"]: failure for failure in reversed(results["failures"])}.values())[::-1]


def summary(results: Json) -> str:
    """Return the verdict, a table of the clauses that failed, and the others in one line, as Markdown."""
    verdict = results["verdict"]
    failed = first_of_each_clause(results)
    counts = ", ".join(f"{number} {word}" for word, number in verdict["counts"].items() if number)
    total = f"{verdict['failures']} {'failure' if verdict['failures'] == 1 else 'failures'}"
    name = cell(results["target"]["name"])
    pages = {clause["id"]: clause.get("page", "") for clause in results.get("clauses", ())}
    lines = [f"## Coupon contract: {verdict['word']}", "", f"{name}: {total}; clauses: {counts}", ""]
    if failed:
        lines += ["| clause | level | problem | again |", "|---|---|---|---|"]
        for failure in failed:
            problem, again = (cell(failure[name]) for name in ("problem", "rerun"))
            clause = linked(cell(failure["clause"]), pages.get(failure["clause"], ""))
            lines.append(f"| {clause} | {failure['level']} | {problem} | {again} |")
    return "\n".join([*lines, ""])


def cell(text: str) -> str:
    """Return a text as code in a cell of a table."""
    return f"<code>{entities(' '.join(shortened(text).split()))}</code>"


def linked(text: str, page: str) -> str:
    """Return Markdown as a link, where the page is on a site."""
    return f'<a href="{entities(page)}">{text}</a>' if page.startswith(("https://", "http://")) else text


def entities(text: str) -> str:
    """Return a text with entities for all that could be Markdown or HTML."""
    return re.sub(r"[^0-9A-Za-z -]", lambda character: f"&#{ord(character[0])};", text)


def shortened(text: str) -> str:
    """Return at most LONGEST characters of a text."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def escaped(text: str) -> str:
    """Return a text as the runner reads the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
