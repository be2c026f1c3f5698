"""Leaves out of the bundle what only the repository has: marked parts of pages (coupon_contract/pages.py), and more."""

import re

from coupon_contract import pages

WRITTEN = re.compile(r"(?<=Written by )`python -m [^`]*`")  # figures of bench/
ENTRY = re.compile(r"^- .*\n(?:  .*\n)*", re.M)
# What a user of the bundle can neither run nor read: verbs of the Makefile, modules and folders that no wheel holds.
COMMAND = re.compile(r"`make\b|^\s*make [a-z]|\bpython3? (?:-P )?-m (?:bench|interop|qa|scripts)\b", re.M)
FOLDER = re.compile(r"(?<![\w./-])(?<!\]\()(?:\.venv|\.ci|bench|dist|interop|qa|requirements|scripts|spec|tests)/")


FILE = re.compile(r"\b(?:ARCHITECTURE|CONTRIBUTING|RELEASING)\.md\b|\b(?:Container|Make)file\b")


def dropped(text: str, page: str) -> str:
    """Return a page without its marked parts, comments, and the commands that wrote figures.

    Raises pages.UnclosedBlock.
    """
    return WRITTEN.sub("a program of the project", pages.without_repository(text, page))


def of_users(changelog: str) -> str:
    """Return the changelog without the entries that are about commands and folders of the repository."""
    return ENTRY.sub(lambda entry: "" if names_repository(entry[0]) else entry[0], changelog)


def names_repository(text: str) -> bool:
    """Return True for a text with a command or a folder that only the repository has."""
    return any(pattern.search(text) for pattern in (COMMAND, FOLDER, FILE))
