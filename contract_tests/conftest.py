"""How pytest runs the suite: collects by clause, records what each test saw, decides, and sets the exit status."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import spec
from contract_tests import preflight, report
from contract_tests.offered import OfferedCustomers, OfferedSeries
from contract_tests.oracle import RULES
from contract_tests.outcomes import NotObserved, NotOffered
from contract_tests.run import Api, Run
from contract_tests.target import TargetError, load
from contract_tests.transport import Transport
from contract_tests.verdict import Exit, Observation, Seen, Verdict, decide

RUN = pytest.StashKey[Run]()
VERDICT = pytest.StashKey[Verdict]()
SELECTED = pytest.StashKey[frozenset[str] | None]()


# --- fixtures -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run: target, transport, oracle, and what was seen."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def api(run: Run) -> Api:
    """The API under judgement."""
    return Api(run)


@pytest.fixture(scope="session")
def series(run: Run) -> OfferedSeries:
    """The target's series, by state."""
    return OfferedSeries(run.target)


@pytest.fixture(scope="session")
def customers(run: Run) -> OfferedCustomers:
    """The target's customers."""
    return OfferedCustomers(run.target)


# --- collecting -----------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Load the target, or say what is wrong with it (exit status 4)."""
    argument = config.getoption("--target")
    if config.option.collectonly:
        return
    if not argument:
        raise pytest.UsageError("say which implementation to judge: --target <target file, or URL of a sandbox>")
    try:
        target = load(argument)
    except TargetError as problem:
        raise pytest.UsageError(str(problem)) from None
    transport = Transport(target)
    config.add_cleanup(lambda: transport.__exit__(None, None, None))
    config.stash[RUN] = Run.of(target, transport)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests without a clause, let -k find tests by clause, and put generated requests last."""
    only_rules = set(RULES) - {clause for item in items for clause in _clauses(item)}
    for item in items:
        clauses = _clauses(item)
        if not clauses or not set(clauses) <= set(spec.clauses()):
            raise pytest.UsageError(f"{item.nodeid}: cites no clause of spec/clauses.toml")
        item.extra_keyword_matches.update(clauses)
        if "api" in getattr(item, "fixturenames", ()):
            item.extra_keyword_matches.update(only_rules)  # each of its exchanges is judged by every rule
    items.sort(key=lambda item: "test_generated" in item.nodeid)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which clauses are selected, when not all tests are."""
    selected = frozenset(clause for item in session.items for clause in _clauses(item))
    session.config.stash[SELECTED] = selected if _narrowed(session.config) else None
    if session.config.option.show_clauses:
        print("\n".join(f"clause: {clause}" for clause in sorted(selected)))  # noqa: T201 - what was asked for


def _narrowed(config: pytest.Config) -> bool:
    chosen = config.option.keyword or config.option.markexpr or config.option.deselect
    return bool(chosen) or any("::" in argument or argument.endswith(".py") for argument in config.args)


def _clauses(item: pytest.Item) -> list[str]:
    return [str(marker.args[0]) for marker in item.iter_markers("clause")]


# --- running --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Look before judging: a dead target, or one that refuses the credentials, cannot be judged (exit status 3)."""
    if session.config.option.collectonly:
        return
    if reason := preflight.reason_not_to_judge(session.config.stash[RUN]):
        pytest.exit(f"could not judge: {reason}", returncode=Exit.COULD_NOT_JUDGE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin a test."""
    item.config.stash[RUN].begin(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:  # a wrapper yields the report
    """Record what the test saw of its clause, and put masked words in place of pytest's."""
    result: pytest.TestReport = yield  # type: ignore[assignment]
    run = item.config.stash[RUN]
    if call.when == "call" or call.excinfo:
        _record(run, _clauses(item), result, call)
    return result  # type: ignore[return-value]


def _record(run: Run, clauses: list[str], result: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    problem = call.excinfo.value if call.excinfo else None
    if isinstance(problem, NotOffered | NotObserved):
        seen = Seen.NOT_OFFERED if isinstance(problem, NotOffered) else Seen.NOT_OBSERVED
        run.observations += [Observation(clause, seen, str(problem)) for clause in clauses]
        result.outcome, result.longrepr = "skipped", (str(call.excinfo.path), 0, f"{seen}: {problem}")  # type: ignore[union-attr]
        return
    if problem is not None and not isinstance(problem, AssertionError):
        where = _where(call)
        run.observations += [Observation(clause, Seen.ERROR, where) for clause in clauses]
        result.longrepr = f"error of the suite, not of the target: {where}"
        return
    words = _words(run, problem) if problem is not None else None
    for clause in clauses:
        run.observe(clause, words, run.last if words else None)
    if words or run.findings:
        result.outcome, result.longrepr = "failed", report.of_test(run, clauses, words)


def _where(call: pytest.CallInfo[None]) -> str:
    """Kind and place of an error, without its text, which might hold anything."""
    if call.excinfo is None:
        return ""
    last = call.excinfo.traceback[-1]
    return f"{call.excinfo.typename} at {Path(last.path).name}:{last.lineno + 1}"


def _words(run: Run, problem: AssertionError) -> str:
    said = str(problem).partition("\n")[0]
    if said and not said.startswith("assert "):
        return run.mask.text(said)
    return "the fact in the test's name does not hold"


# --- verdict --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Decide, and let the exit status tell the truth."""
    config = session.config
    if RUN not in config.stash or SELECTED not in config.stash:
        return
    run = config.stash[RUN]
    if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
        session.exitstatus = Exit.COULD_NOT_JUDGE
    elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = Exit.USAGE
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        verdict = decide(spec.clauses(), run.observations, run.target.deviations, config.stash[SELECTED])
        config.stash[VERDICT] = verdict
        session.exitstatus = verdict.exit_status


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print failures, the table of clauses and the verdict."""
    if VERDICT in config.stash:
        report.print_verdict(config.stash[VERDICT], config.stash[RUN], terminalreporter.write_line)
