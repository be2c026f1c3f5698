"""The reasons why a test has no result. A test without a result neither fails nor passes."""


class Defect(Exception):
    """The suite was about to break its own rules. The text has no value of the target, so it may be shown."""


class NotOffered(Exception):
    """The target file does not describe what this test needs. The text names the missing key."""


class UsedUp(NotOffered):
    """An earlier run has used up a series of the target file. The text names the series."""


class NotObserved(Exception):
    """The observation was not possible: no response, rate limit, budget used up, state used up."""


class Skipped(Exception):
    """The target file opts out of the clauses of this test."""


class BrokenOff(NotObserved):
    """The connection ended after the request was sent, with no response or a part of one."""


class NoToken(NotObserved):
    """The target answered the request for a token, and granted none that can be used."""


class NeverSent(NotObserved):
    """No connection was possible, so no byte of the request left."""
