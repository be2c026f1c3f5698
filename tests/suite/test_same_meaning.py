"""The other ways to write a request mean the same request."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.test_same_meaning import WRITINGS

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("writing", WRITINGS)
@settings(deadline=None, derandomize=True, database=None)
@given(st.dictionaries(st.sampled_from(["mobile", "email", "externalId"]), TEXTS), st.integers())
def test_a_request_means_the_same_in_each_writing(writing: str, customer: dict[str, str], series: int) -> None:
    body = {"seriesId": series, "count": 2, "customer": customer}

    assert json.loads(WRITINGS[writing](body)) == body


@pytest.mark.parametrize("text", ["crm:1001", "müller@example.com", 'o"b\\x', "\N{GRINNING FACE}"])
def test_escapes_leave_no_character_as_it_is(text: str) -> None:
    written = WRITINGS["escapes"]({"seriesId": 1, "customer": {"externalId": text}})

    assert text.encode() not in written
    assert json.loads(written)["customer"]["externalId"] == text
