"""Compares figures that are measured in turns, so that other load on the machine affects all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

Clock = Callable[[], float]
Figures = Mapping[str, float]


@frozen
class Goal:
    """A goal: `row` takes at most this many times as long as `against`."""

    row: str
    against: str
    at_most: float

    def ratio(self, figures: Figures) -> float:
        """Return the measured ratio."""
        return figures[self.row] / figures[self.against]

    def met(self, figures: Figures) -> bool:
        """Return True if the goal is reached."""
        return self.ratio(figures) <= self.at_most

    def __str__(self) -> str:
        return f"at most {self.at_most:.2f} x {self.against}"


@frozen
class Table:
    """Seconds per row, with ratios to the first row."""

    title: str
    figures: Figures
    goals: Sequence[Goal]

    def met(self) -> bool:
        """Return True if every goal is reached."""
        return all(goal.met(self.figures) for goal in self.goals)

    def markdown(self) -> str:
        """Return the table as Markdown, goals beside the figures."""
        base = next(iter(self.figures))
        rows = [self._row(name, seconds / self.figures[base]) for name, seconds in self.figures.items()]
        return "\n".join([f"| {self.title} | µs | x {base} | goals |", "|---|---:|---:|---|", *rows])

    def _row(self, name: str, ratio: float) -> str:
        goal_texts = [self._goal_text(goal) for goal in self.goals if goal.row == name]
        return f"| {name} | {self.figures[name] * 1e6:,.0f} | {ratio:.2f} | {'; '.join(goal_texts)} |"

    def _goal_text(self, goal: Goal) -> str:
        return f"{goal}: {goal.ratio(self.figures):.2f}" + ("" if goal.met(self.figures) else ", **missed**")


def in_turns(actions: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the seconds of each action by its own measure: the upper end of the fastest tenth of its rounds."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            taken[name].append(action())
    return {name: statistics.quantiles(seconds, n=10)[0] for name, seconds in taken.items()}


def timed(action: Callable[[], object], times: int, clock: Clock = time.perf_counter) -> Callable[[], float]:
    """Return a measurement of an action: the mean of this many calls."""

    def measure() -> float:
        start = clock()
        for _ in range(times):
            action()
        return (clock() - start) / times

    return measure
