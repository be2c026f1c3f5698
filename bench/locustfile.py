"""Loads any target within the budget of its target file; the suite's oracle judges every response.

locust -f bench/locustfile.py --headless --target spec/targets/sandbox.toml -u 20 -t 30s

With --master and --worker it spreads over processes and machines; the master gives each worker its share of the budget.
The exit status is 0 if every response was right, 1 if not, 3 without any response, 4 for an unusable target.
"""

import logging
import random
import sys
from typing import Any

import gevent
from attrs import evolve
from locust import User, constant_throughput, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import WORKER_REPORT_INTERVAL, LocalRunner, MasterRunner, WorkerRunner

from bench.traffic import Tally, report, requests, share
from coupon_contract.facts import COUNT_MAXIMUM, COUNT_MINIMUM
from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.oracle import Oracle
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_file import LARGEST_BOUND, TargetError, load
from coupon_contract.suite.transport import ANSWER_SECONDS, Transport

USAGE = 4
GAVE, USED = "budget-share", "budget-used"  # names of messages between master and workers


class Load:
    """The state that the users of one process share: gate, oracle, and tally."""

    def __init__(self, target: Target, coupons: int) -> None:
        self.target = target
        self.coupons = coupons
        # Locust ends a load; a target that is overloaded on purpose may leave any number of requests unanswered.
        self.transport = Transport(evolve(target, max_seconds=LARGEST_BOUND, max_unanswered=LARGEST_BOUND))
        self.oracle = Oracle(target)
        self.tally = Tally()
        self.spent = 0  # coupons spent by the workers, as they report it
        self.shared_out = False
        self.used_up: set[str] = set()


load_of: dict[int, Load] = {}


def load_for(environment: Environment) -> Load:
    """Return the load of this process."""
    return load_of[id(environment)]


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Add the options for the target and the traffic."""
    parser.add_argument("--target", metavar="FILE", help="target file, or the address of a sandbox on this machine")
    parser.add_argument("--coupons", type=int, default=2, help="coupons in an ordinary request (default: 2)")
    parser.add_argument("--pace", type=float, default=0, help="most requests per second of each user (default: any)")


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    """Load the target, and register the messages between the processes."""
    options: Any = environment.parsed_options
    if not options.target:
        give_up("say what to load: --target FILE")
    if not COUNT_MINIMUM <= options.coupons <= COUNT_MAXIMUM:
        give_up(f"--coupons: write {COUNT_MINIMUM} to {COUNT_MAXIMUM}")
    try:
        target = load(options.target)
    except TargetError as error:
        give_up(str(error))
    if options.pace:
        Caller.wait_time = constant_throughput(options.pace)
    environment.host = target.base_url
    # Otherwise requests that were sent would not be counted.
    environment.stop_timeout = environment.stop_timeout or ANSWER_SECONDS
    mine = load_of[id(environment)] = Load(target, options.coupons)
    logging.getLogger("httpx").setLevel(logging.CRITICAL)  # httpx logs addresses, which hold customers
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        mine.transport.budget.most = share(target.max_coupons, 1, 1)  # nothing until the master gives a share
        runner.register_message(GAVE, take_share)
    elif isinstance(runner, MasterRunner):
        # concurrent, because it waits for the messages of other workers at the end
        runner.register_message(USED, note_used_up, concurrent=True)


def give_up(reason: str) -> None:
    """Stop before anything is sent."""
    sys.stderr.write(f"load: {reason}\n")
    sys.exit(USAGE)


class Caller(User):
    """A user that sends one request after the other and has each response judged."""

    def on_start(self) -> None:
        """Start another sequence of requests."""
        mine = load_for(self.environment)
        self.requests = requests(mine.target, mine.coupons, random.Random())  # noqa: S311 - no secret

    @task
    def call(self) -> None:
        """Send the next request, or nothing if the budget does not allow it."""
        mine = load_for(self.environment)
        name, request = next(self.requests)
        budget = mine.transport.budget
        if budget.closed or (budget.most is not None and budget.spent + most_coupons(request) > budget.most):
            use_up(self.environment)
            raise StopUser
        try:
            exchange = mine.transport.send(request)
        except NotObserved as reason:
            mine.tally.unanswered[str(reason)] += 1
            self.tell(name, 0.0, 0, str(reason))
            return
        answer, findings = mine.oracle.judge(exchange, in_parallel=True)
        problems = mine.tally.note(answer, findings, mine.target)
        self.tell(name, exchange.response.seconds, len(exchange.response.body), "; ".join(problems))

    def tell(self, name: str, seconds: float, length: int, trouble: str) -> None:
        """Report a request to Locust."""
        self.environment.events.request.fire(
            request_type="issue",
            name=name,
            response_time=seconds * 1000,
            response_length=length,
            exception=RuntimeError(trouble) if trouble else None,
            context={},
        )


# --- the budget over several workers ----------------------------------------------------------------------------------


@events.test_start.add_listener
def share_out(environment: Environment, **_: Any) -> None:
    """Give each connected worker its share of the budget, once.

    A worker that connects later, or again, gets nothing and sends nothing.
    """
    runner, mine = environment.runner, load_for(environment)
    if not isinstance(runner, MasterRunner) or mine.target.max_coupons is None or mine.shared_out:
        return
    mine.shared_out = True
    workers = [client.id for client in runner.clients.ready]
    for place, worker in enumerate(workers):
        runner.send_message(GAVE, {"coupons": share(mine.target.max_coupons, len(workers), place)}, worker)


def take_share(environment: Environment, msg: Any, **_: Any) -> None:
    """On a worker: take the share of the budget."""
    load_for(environment).transport.budget.most = msg.data["coupons"]


def use_up(environment: Environment) -> None:
    """Report that the budget, or this worker's share of it, is used up, and stop when no worker has any left."""
    runner = environment.runner
    if isinstance(runner, LocalRunner):
        gevent.spawn(runner.quit)  # not from within a user, because quit() ends the users
    elif isinstance(runner, WorkerRunner):
        runner.send_message(USED)


def note_used_up(environment: Environment, msg: Any, **_: Any) -> None:
    """On the master: note that a worker has no budget left."""
    used_up = load_for(environment).used_up
    used_up.add(msg.node_id)
    runner = environment.runner
    if isinstance(runner, MasterRunner) and {client.id for client in runner.clients.all} <= used_up:
        runner.stop()
        gevent.sleep(WORKER_REPORT_INTERVAL + 1)  # every worker has reported by then
        runner.quit()


# --- the tally --------------------------------------------------------------------------------------------------------


@events.report_to_master.add_listener
def send_tally(client_id: str, data: dict[str, Any]) -> None:
    """On a worker: send the tally since the last report."""
    (mine,) = load_of.values()
    data["tally"], data["spent"] = mine.tally.as_message(), mine.transport.budget.spent - mine.spent
    mine.tally, mine.spent = Tally(), mine.transport.budget.spent


@events.worker_report.add_listener
def add_tally(client_id: str, data: dict[str, Any]) -> None:
    """On the master: add the tally of a worker."""
    (mine,) = load_of.values()
    if "tally" in data:
        mine.tally.add(Tally.of_message(data["tally"]))
        mine.spent += data["spent"]


@events.quitting.add_listener
def conclude(environment: Environment, **_: Any) -> None:
    """Print the report, and set the exit status."""
    runner, mine = environment.runner, load_for(environment)
    if isinstance(runner, WorkerRunner):
        environment.process_exit_code = 0  # only the master decides the exit status
        return
    if isinstance(runner, MasterRunner):
        runner.quit()  # waits for the last reports
    spent = mine.spent or mine.transport.budget.spent
    lines, environment.process_exit_code = report(mine.tally, mine.target, mine.target.max_coupons, spent)
    total = environment.stats.total
    rates = (
        f"{total.num_requests} requests, {total.total_rps:.1f} per second; milliseconds:"
        f" median {total.median_response_time}, 95 % {total.get_response_time_percentile(0.95):.0f},"
        f" 99 % {total.get_response_time_percentile(0.99):.0f}, most {total.max_response_time:.0f}"
    )
    print("\n".join([rates, *lines]))
