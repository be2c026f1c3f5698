"""The pytest hooks of the suite: collect by clause, record observations, decide, and set the exit status."""

import logging
import signal
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import iter_modules, walk_packages
from threading import current_thread, main_thread

import pytest

from coupon_contract import spec, suite
from coupon_contract.suite import plugin_guard, preflight, selection
from coupon_contract.suite.oracle import RULES, not_offered
from coupon_contract.suite.plan import GENERATED, NOTHING, OPEN, Allowance, Cost, Planned, amount
from coupon_contract.suite.reporting import clause_pages, plan_table, progress, terminal
from coupon_contract.suite.reporting.result_files import RESULTS
from coupon_contract.suite.reporting.writer import Recorder
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.second_look import SecondLook
from coupon_contract.suite.skips import NotObserved, NotOffered, Skipped, UsedUp
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_check import refusal_to_judge, wrong_ids
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries
from coupon_contract.suite.target_file import TargetError, load, series_in, with_series
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Exit, Observation, Seen, Verdict, decide
from coupon_contract.terminal import for_terminal, write

CONSEQUENCE = "its test fails because of"

RUN = pytest.StashKey[Run]()
PLAN = pytest.StashKey[dict[pytest.Item, Planned]]()
VERDICT = pytest.StashKey[Verdict]()
SELECTED = pytest.StashKey[frozenset[str] | None]()
RECORDER = pytest.StashKey[Recorder]()
REASON = pytest.StashKey[str]()


# --- fixtures -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """Return the run: target, transport, oracle, and observations."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def api(run: Run) -> Api:
    """Return the API to judge."""
    return Api(run)


@pytest.fixture(scope="session")
def series(run: Run) -> OfferedSeries:
    """Return the target's series, by state."""
    return OfferedSeries(run.target)


@pytest.fixture(scope="session")
def customers(run: Run) -> OfferedCustomers:
    """Return the target's customers."""
    return OfferedCustomers(run.target)


# --- collecting -----------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)  # before pytest reads the path of the JUnit file
def pytest_configure(config: pytest.Config) -> None:
    """Load the target, or report what is wrong with it (exit status 4)."""
    # Hypothesis draws on constants of every imported module: with all of them imported, a single test sends what it
    # sends in a whole run.
    for module in walk_packages(suite.__path__, f"{suite.__name__}."):
        import_module(module.name)
    for module in iter_modules([str(Path(__file__).parent)]):
        import_module(f"{__package__}.{module.name}")
    argument = config.getoption("--target")
    if config.option.collectonly or config.option.plan:
        config.option.xmlpath = None  # nothing is reported, so an earlier file stays
    if config.option.collectonly:
        return
    plugin_guard.demand(config)
    if config.option.generated < 1:
        raise pytest.UsageError("--generated: write 1 or more; without generated requests, their clauses say nothing")
    if not argument:
        raise pytest.UsageError("say which implementation to judge: --target <target file, or URL of a sandbox>")
    try:
        clause_pages.site()
    except ValueError as problem:
        raise pytest.UsageError(for_terminal(str(problem))) from None
    try:
        target = load(argument)
        if file := config.option.series:
            target = with_series(target, series_in(file), file)
    except TargetError as problem:
        raise pytest.UsageError(for_terminal(str(problem))) from None
    transport = Transport(target)
    config.add_cleanup(lambda: transport.__exit__(None, None, None))
    config.stash[RUN] = Run.against(target, transport, argument)
    if config.option.plan:
        return
    _record_into(config, argument)
    progress.register(config, config.stash[RUN])
    config.pluginmanager.register(SecondLook(config.stash[RUN], _clauses), "second-look")
    for name in ("httpx", "httpcore"):  # both log addresses and headers
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if current_thread() is main_thread():  # a terminated run writes its results, as after Ctrl-C
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _record_into(config: pytest.Config, target: str) -> None:
    """Prepare the places of the results, if the run is to write any."""
    junit = getattr(config.option, "xmlpath", None)
    config.option.xmlpath = None  # the JUnit file is made from the results, and not by pytest
    if not config.option.results and not junit:
        return
    config.stash[RECORDER] = recorder = Recorder(config.option.results, target, config.option.seed, junit)
    config.add_cleanup(recorder.clean)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests without a clause or a cost, let -k find tests by clause, and put cheap and basic tests first."""
    only_rules = set(RULES) - {clause for item in items for clause in _clauses(item)}
    for item in items:
        clauses = _clauses(item)
        if not clauses or not set(clauses) <= set(spec.clauses()):
            raise pytest.UsageError(f"{item.nodeid}: cites no clause of spec/clauses.toml")
        if not any(item.iter_markers("sends")):
            raise pytest.UsageError(f"{item.nodeid}: does not say what it sends")
        of_rules = only_rules if "api" in getattr(item, "fixturenames", ()) else set[str]()  # judge each exchange
        item.extra_keyword_matches.update(map(selection.token, {*clauses, *of_rules}), clauses, of_rules)
    config.option.keyword = selection.exact(config.option.keyword)
    if RUN in config.stash:
        plan = {item: _planned(item, config.stash[RUN].target) for item in items}
        config.stash[PLAN] = plan
        # A real system may lock a till after a few wrong passwords, so these tests come last.
        last = () if config.stash[RUN].target.disposable else ("logs_in_wrongly",)
        order = ("opens_the_run", "", "closes_the_run", *last)
        basic = {clause: place for place, clause in enumerate(spec.clauses())}  # before what is odd
        items.sort(
            key=lambda item: (
                _place_in_run(item, order),
                _is_disposable(item),
                # Of tests that need a disposable target, some continue where another of their module has ended.
                NOTHING if _is_disposable(item) else plan[item].cost,
                0 if _is_disposable(item) else min(basic[clause] for clause in plan[item].clauses),
            )
        )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the selected clauses, if not all tests are selected."""
    selected = frozenset(clause for item in session.items for clause in _clauses(item))
    if session.items and (asked := selection.clauses_of(session.config.option.keyword)):
        selected = asked  # their tests cite others as well
    session.config.stash[SELECTED] = selected if _narrowed(session.config) else None
    if RUN in session.config.stash:
        session.config.stash[RUN].asked = session.config.stash[SELECTED]
    if RUN in session.config.stash and not _narrowed(session.config):
        run = session.config.stash[RUN]
        lacks = not_offered(run.target)
        run.observations += [Observation(clause, Seen.NOT_OFFERED, key) for clause, key in lacks.items()]
    if session.config.option.show_clauses:
        write("\n".join(f"clause: {clause}" for clause in sorted(selected)))


def _planned(item: pytest.Item, target: Target) -> Planned:
    """Return the declaration of a test for this target."""
    clauses = tuple(_clauses(item))
    if all(clause in target.skip for clause in clauses):
        reason = f"the target file skips it until {max(target.skip[clause].until for clause in clauses)}"
        return Planned(item.nodeid, clauses, NOTHING, skipped=reason)
    if _is_disposable(item) and not target.disposable:
        return Planned(item.nodeid, clauses, NOTHING, "disposable = true")
    requests, coupons = next(item.iter_markers("sends")).args
    requests = item.config.option.generated if requests is GENERATED else requests
    try:
        cost = Cost.declared(amount(requests, target), 0 if coupons is OPEN else amount(coupons, target))
        return Planned(item.nodeid, clauses, cost, open=coupons is OPEN)
    except NotOffered as lack:
        return Planned(item.nodeid, clauses, NOTHING, str(lack))


def _is_disposable(item: pytest.Item) -> bool:
    return any(item.iter_markers("disposable"))


def _place_in_run(item: pytest.Item, order: Sequence[str]) -> int:
    """Return the place of a test in the order of its markers; tests without any are those of ""."""
    return next((place for place, name in enumerate(order) if name and any(item.iter_markers(name))), order.index(""))


def _narrowed(config: pytest.Config) -> bool:
    chosen = config.option.keyword or config.option.markexpr or config.option.deselect
    return bool(chosen) or any("::" in argument or argument.endswith(".py") for argument in config.args)


def _clauses(item: pytest.Item) -> list[str]:
    return [str(marker.args[0]) for marker in item.iter_markers("clause")]


# --- running --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Check the target first: a dead one, or one that refuses the credentials, cannot be judged (exit status 3), nor
    can any with wrong ids (exit status 4).
    """
    if session.config.option.collectonly:
        return None
    if session.config.option.plan:
        plan = [session.config.stash[PLAN][item] for item in session.items]
        plan_table.print_plan(plan, session.config.stash[RUN].target, write)
        return True
    if reason := preflight.reason_not_to_judge(session.config.stash[RUN]):
        session.config.stash[REASON] = reason
        pytest.exit(for_terminal(f"could not judge: {reason}"), returncode=Exit.COULD_NOT_JUDGE)
    run = session.config.stash[RUN]
    if not _narrowed(session.config) and (wrong := wrong_ids(run)):
        pytest.exit(for_terminal(refusal_to_judge(wrong)), returncode=Exit.USAGE)
    if session.config.option.first_failure and _is_not_conformant(run):
        session.shouldfail = "stopped at the first failure, in the check of the target file"
        return True
    return None


def _is_not_conformant(run: Run) -> bool:
    """Return True if a failure decides the verdict: of a MUST, and no known deviation."""
    clauses, known = spec.clauses(), run.target.deviations
    return any(clauses[failure.clause].level == "MUST" and failure.clause not in known for failure in run.failures)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin a test, and hold it to what it declares. Nothing begins after the gate has stopped the run."""
    run, planned = item.config.stash[RUN], item.config.stash[PLAN][item]
    if reason := run.transport.stopped:
        item.config.stash[REASON] = reason
        if other := run.transport.answered_empty_body:
            run.begin("")
            words = f"{reason}, and has answered an empty body with HTTP {other.response.status}"
            run.observe("one-response", words)
            item.session.shouldfail = reason
            raise NotObserved(reason)
        pytest.exit(for_terminal(f"could not judge: {reason}"))
    run.begin(item.nodeid)
    if planned.skipped:
        raise Skipped(planned.skipped)
    if planned.lacks:
        raise NotOffered(planned.lacks)
    claims = [state for marker in item.iter_markers("claims") for state in marker.args]
    run.transport.allowance = Allowance(planned.allowed, run.target.claimed(except_states=claims))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:  # pytest passes the report to a wrapper
    """Record the observations of a test, and replace pytest's words with masked ones."""
    result: pytest.TestReport = yield  # type: ignore[assignment]
    run = item.config.stash[RUN]
    result.sections.clear()  # printed output might hold secrets
    if call.when == "call" or call.excinfo:
        _record(run, _clauses(item), result, call)
        if item.config.option.first_failure and _is_not_conformant(run):
            item.session.shouldfail = "stopped at the first failure"
    return result  # type: ignore[return-value]


def _record(run: Run, clauses: list[str], result: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    problem = call.excinfo.value if call.excinfo else None
    if isinstance(problem, NotOffered | NotObserved | Skipped):
        word = _unseen(run, clauses, problem)
        result.outcome, result.longrepr = "skipped", (result.location[0], result.location[1] or 0, f"{word}: {problem}")
        return
    run.looked = True
    run.unobserved.pop(run.test, None)
    if problem is not None and not isinstance(problem, AssertionError):
        defect = terminal.of_error(run, problem, _place(call))
        run.observations += [Observation(clause, Seen.ERROR, defect) for clause in clauses]
        result.longrepr = f"error of the suite, not of the target: {defect}"
        return
    words = _words(run, problem) if problem is not None else None
    explained = {clause: cause for clause in clauses if words and (cause := run.cause_of(clause))}
    for clause, cause in explained.items():
        run.consequences.setdefault(cause, set()).add(clause)
        run.observations.append(Observation(clause, Seen.NOT_OBSERVED, f"{CONSEQUENCE} {cause}", run.test))
    clauses = [clause for clause in clauses if clause not in explained]
    for clause in clauses:
        run.observe(clause, words, run.last if words else None)
    if words or run.findings:
        failed = [*(clauses if words else ()), *(finding.clause for finding in run.findings)]
        result.outcome, result.longrepr = "failed", terminal.of_test(run, clauses, words)
        if all(clause_id in run.target.deviations for clause_id in failed):
            result.outcome, result.wasxfail = "skipped", f"known deviation: {', '.join(dict.fromkeys(failed))}"


def _unseen(run: Run, clauses: list[str], problem: Exception) -> str:
    """Record that a test has no result, and return why in a word.

    What could not be observed stays so when the test, run once more, has nothing to look at any longer.
    """
    if isinstance(problem, Skipped):
        return "skipped"
    if run.test in run.unobserved:
        return str(Seen.NOT_OBSERVED)
    if isinstance(problem, UsedUp):
        run.used_up.update(clauses)
    if isinstance(problem, NotOffered):
        run.observations += [Observation(clause, Seen.NOT_OFFERED, str(problem), run.test) for clause in clauses]
        return str(Seen.NOT_OFFERED)
    run.unobserved[run.test] = [Observation(clause, Seen.NOT_OBSERVED, str(problem), run.test) for clause in clauses]
    return str(Seen.NOT_OBSERVED)


def _place(call: pytest.CallInfo[None]) -> str:
    """Return file and line of an error."""
    if call.excinfo is None:
        return ""
    last = call.excinfo.traceback[-1]
    return f"{Path(last.path).name}:{last.lineno + 1}"


def _words(run: Run, problem: AssertionError) -> str:
    first_line = str(problem).partition("\n")[0]
    if first_line and not first_line.startswith("assert "):
        return run.mask.text(first_line)
    return "the fact in the test's name does not hold"


# --- verdict --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Decide, and set the exit status."""
    config = session.config
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:  # also of a plan and of a list
        session.exitstatus = Exit.USAGE
    if RUN not in config.stash or SELECTED not in config.stash or config.option.plan:
        return
    run = config.stash[RUN]
    if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
        session.exitstatus = Exit.COULD_NOT_JUDGE
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        verdict = _decided(run, config.stash[SELECTED])
        config.stash[VERDICT] = verdict
        session.exitstatus = verdict.exit_status
    if RECORDER in config.stash and session.exitstatus != Exit.USAGE:
        _write_results(session)


def _decided(run: Run, selected: frozenset[str] | None) -> Verdict:
    observations = [*run.observations, *chain.from_iterable(run.unobserved.values())]
    target = run.target
    return decide(spec.clauses(), observations, target.deviations, selected, target.skip, looked=run.looked)


def _write_results(session: pytest.Session) -> None:
    """Write the results, also of an interrupted run; report a failure to write (exit status 4)."""
    config = session.config
    run = config.stash[RUN]
    verdict = _decided(run, config.stash[SELECTED])
    tests = {clause: [item.nodeid for item in session.items if clause in _clauses(item)] for clause in spec.clauses()}
    reason = config.stash.get(REASON, "") or str(session.shouldfail or session.shouldstop or "")
    if VERDICT not in config.stash:
        reason = reason or "the run was interrupted"
    if wrong := config.stash[RECORDER].write(run, verdict, int(session.exitstatus), tests, reason):
        config.get_terminal_writer().line(for_terminal(wrong))
        session.exitstatus = Exit.USAGE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print failures, the table of clauses and the verdict."""
    page = config.stash[RECORDER].page if RECORDER in config.stash else None
    if VERDICT in config.stash:
        results = page.with_name(RESULTS) if page else None
        terminal.print_verdict(config.stash[VERDICT], config.stash[RUN], terminalreporter.write_line, results=results)
    elif page:
        terminalreporter.write_line(for_terminal(f"results: {page}"))
