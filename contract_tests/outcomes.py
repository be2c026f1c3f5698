"""Why a test has nothing to say. None of these is a failure, and none is ever a pass."""


class NotOffered(Exception):
    """The target file does not describe what this test needs. The text names the key that would."""


class NotObserved(Exception):
    """The test was about to look, and could not: no answer, rate limit, budget used up, state used up."""
