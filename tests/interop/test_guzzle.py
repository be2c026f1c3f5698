"""The settings of docs/interop.md for those who keep guzzle."""

import re
import subprocess

import pytest

from interop import resending, table
from interop.language import ENVIRONMENT, languages, missing

(PHP,) = languages(["php"])
PROGRAM = """
error_reporting(E_ALL);
require 'GuzzleHttp/autoload.php';
%s
for ($call = 0; $call < (int) $argv[2]; $call++) {
    try {
        $client->post($argv[1], ['json' => ['count' => 2]]);
    } catch (Throwable) {
    }
}
"""


def settings() -> str:
    """The block of the page."""
    (block,) = re.findall(r"^  ```php\n(.*?)^  ```", table.PAGE.read_text(encoding="utf-8"), re.S | re.M)
    return str(block)


def without(lines: str) -> str:
    """The block without `on_stats`."""
    return re.sub(r"^ +'on_stats' => .*?^      },\n", "", lines, flags=re.S | re.M)


def behaviour(client: str, situation: str) -> str | None:
    with resending.serve() as (url, arrivals):
        number = resending.CALLS[situation]
        address = f"{url}/{situation.replace(' ', '-')}"
        command = ["php", "-r", PROGRAM % client, "--", address, str(number)]
        subprocess.run(command, env=ENVIRONMENT, timeout=60, check=True)  # noqa: S603 - the settings of the page
        return resending.behaviour(arrivals[situation], number)


@pytest.mark.skipif(missing(PHP) is not None, reason="needs PHP with guzzle")
def test_guzzle_sends_once_with_the_settings_of_the_page_and_again_without_on_stats() -> None:
    assert {situation: behaviour(settings(), situation) for situation in resending.SITUATIONS} == dict.fromkeys(
        resending.SITUATIONS, resending.ONCE
    )
    assert behaviour(without(settings()), resending.CUT_HEAD) == resending.AGAIN
