"""What integrators install, in an empty environment."""

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from scripts.build_client import build
from tests.docs.client_examples import CLIENT_PAGES, programs
from tests.wire import BODY, answer, once, server

USER = """
import asyncio
import logging

from coupon_client import (
    AsyncCouponClient, CouponClient, Email, Issued, Metadata, Mobile, OAuth, OutcomeUnknown, TillAuth,
)
from coupon_client.refusals import CustomerHasCoupon
from coupon_client.testing import Script, issued, lost, refused

logging.basicConfig(level=logging.DEBUG)


def issue(client: CouponClient) -> list[str]:
    answer: Issued = client.issue(415446, Mobile("11223569865"), 2, Metadata(reason="Goodwill"))
    config = answer.config
    discount: float | None = config.discount_value or None if config else None
    print(discount, answer.missing, answer.errors)
    return [coupon.code for coupon in answer.coupons]


async def issue_in_a_task(client: AsyncCouponClient) -> Issued:
    return await client.issue(series_id=415446, customer=Email("a@example.com"))


script = Script(issued(), refused(709), lost, issued())
with CouponClient("https://coupons.invalid", TillAuth("till", "secret"), transport=script) as client:
    assert len(issue(client)) == 2
    try:
        issue(client)
    except CustomerHasCoupon as refusal:
        code: int = refusal.code
        assert code == 709
    try:
        issue(client)
    except OutcomeUnknown as unknown:
        count: int = unknown.asked.count
        assert count == 2
tasks = AsyncCouponClient("https://coupons.invalid", TillAuth("till", "secret"), transport=script)
assert asyncio.run(issue_in_a_task(tasks)).complete
OAuth("key", "secret")
"""


def run(*command: str | Path, folder: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that holds the wheel and what it needs, and nothing else."""
    place = tmp_path_factory.mktemp("client")
    wheel = build(place / "dist")
    venv.create(place / "venv", with_pip=True)
    python = place / "venv" / "bin" / "python"
    used = ("stamina",)  # by an example of docs/integrate.md
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, *used)
    return python


def test_the_wheel_needs_attrs_and_httpx_only(python: Path) -> None:
    import importlib.metadata

    found = next(python.parent.parent.glob("lib/*/site-packages/coupon_client-*.dist-info"))
    needed = importlib.metadata.Distribution.at(found).requires or []

    always = [need for need in needed if "extra ==" not in need]
    assert sorted(re.split(r"\W", need)[0] for need in always) == ["attrs", "httpx"]


def test_the_wheel_works_in_an_empty_environment(python: Path, tmp_path: Path) -> None:
    done = run(python, "-c", USER, folder=tmp_path)

    assert done.returncode == 0, done.stderr


def test_the_wheel_says_that_the_sandbox_is_another_one(python: Path, tmp_path: Path) -> None:
    program = "from coupon_client.testing import InProcessSandbox; InProcessSandbox()"
    done = run(python, "-c", program, folder=tmp_path)

    assert "pip install 'coupon-contract[sandbox] @ <file:// or https:// address of its wheel>'" in done.stderr


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each example of the pages as a program."""
    folder = tmp_path_factory.mktemp("examples")
    for page in CLIENT_PAGES:
        for number, program in enumerate(programs(page)):
            name = f"{page.parent.name}_{page.stem}_{number}.py".replace("-", "_")
            (folder / name).write_text(program, encoding="utf-8")
    (folder / "user.py").write_text(USER, encoding="utf-8")
    return folder


def test_mypy_accepts_every_example_strictly_with_nothing_but_the_wheel(python: Path, examples: Path) -> None:
    checker = (sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-executable", python)
    done = run(*checker, ".", folder=examples)

    assert done.returncode == 0, done.stdout


def test_pyright_accepts_every_example_strictly_with_nothing_but_the_wheel(python: Path, examples: Path) -> None:
    """basedpyright with the rules of pyright's strict mode."""
    (examples / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    done = run(Path(sys.executable).parent / "basedpyright", "--pythonpath", python, folder=examples)

    assert done.returncode == 0, done.stdout


def test_neither_a_loop_nor_the_models_nor_the_http_library_are_loaded_by_the_import(
    python: Path, tmp_path: Path
) -> None:
    late = ("asyncio", "coupon_api", "attrs", "httpcore", "httpx", "ssl")
    program = f"import coupon_client, sys; print([name for name in {late} if name in sys.modules])"
    done = run(python, "-c", program, folder=tmp_path)

    assert done.stdout.strip() == "[]"


FIRST_CALL = """
import sys

from coupon_client import CouponClient, Mobile, TillAuth

with CouponClient(sys.argv[1], TillAuth("till", "secret")) as client:
    print(client.issue(1, Mobile("1"), 2).complete)
print([name for name in ("asyncio", "coupon_api", "attrs") if name in sys.modules])
"""


def test_neither_a_loop_nor_the_models_are_loaded_by_the_first_call_of_a_thread(python: Path, tmp_path: Path) -> None:
    with server(once(answer(BODY))) as (url, _):
        done = run(python, "-c", FIRST_CALL, url, folder=tmp_path)

    assert done.stdout.split() == ["True", "[]"], done.stderr
