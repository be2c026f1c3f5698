"""Finds which of many words stand in a text, in time that grows with the text and hardly with the words."""

import re

from attrs import define, field

GRAM = 4  # characters; words that begin alike share a place in the index


@define
class WordIndex:
    """Words in lower case. One that is added as `alone` counts only where no other letter or digit touches it."""

    _alone: dict[str, bool] = field(factory=dict)
    _by_gram: dict[str, dict[int, set[str]]] = field(factory=dict)  # its first characters -> length -> words
    _short: list[str] = field(factory=list)  # words of fewer characters than a gram

    def add(self, word: str, *, alone: bool) -> None:
        """Add a word. What was said of a word first stays."""
        if word in self._alone:
            return
        self._alone[word] = alone
        if len(word) < GRAM:
            self._short.append(word)
        else:
            self._by_gram.setdefault(word[:GRAM], {}).setdefault(len(word), set()).add(word)

    def patterns_in(self, text: str) -> list[str]:
        """Regular expressions for the words that stand in a text of lower case, the longest first."""
        present = {word for word in list(self._short) if word in text}
        by_gram = self._by_gram
        for place in range(len(text) - GRAM + 1):
            if lengths := by_gram.get(text[place : place + GRAM]):
                for length, words in list(lengths.items()):
                    if (word := text[place : place + length]) in words:
                        present.add(word)
        patterns = map(self._pattern, present)
        return sorted(patterns, key=len, reverse=True)

    def _pattern(self, word: str) -> str:
        return rf"(?<!\w){re.escape(word)}(?!\w)" if self._alone[word] else re.escape(word)
