"""Why a test has nothing to say. None of these is a failure of the target, and none is ever a pass."""


class Defect(Exception):
    """The suite was about to do what it must not. The text holds no value of the target, so it may be shown."""


class NotOffered(Exception):
    """The target file does not describe what this test needs. The text names the key that would."""


class NotObserved(Exception):
    """The test was about to look, and could not: no answer, rate limit, budget used up, state used up."""


class BrokenOff(NotObserved):
    """The connection ended after the request was sent, with no answer or a part of one."""


class NeverSent(NotObserved):
    """No connection could be made, so no byte of the request left."""
