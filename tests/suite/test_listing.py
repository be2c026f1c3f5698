import json
import tracemalloc

import pytest

from coupon_contract.suite.exchange import NotJson
from coupon_contract.suite.listing import Coupon, coupon_of, items

LISTED = {
    "id": 1,
    "data": [{"code": "A", "couponId": 7, "seriesId": 1, "x": {"data": [1, {"y": ']},{"['}]}}],
    "errors": [],
}


@pytest.mark.parametrize(
    "data",
    [[], [1], [1, 2], [[], {}], ["", "]", "\\", '"', "a,b"], [{"data": [1, 2]}, [[3]]], [None, True, 1.5, -1]],
    ids=repr,
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("place", ["first", "last"])
def test_every_item_of_a_list_is_read(data: list[object], indent: int | None, place: str) -> None:
    rest: dict[str, object] = {"more": {"data": [9]}, "text": "data", "data2": ["x"]}
    body = {"data": data} | rest if place == "first" else rest | {"data": data}

    assert list(items(json.dumps(body, indent=indent).encode())) == data


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[]",
            b"{}",
            b'{"data":null}',
            b'{"data":{}}',
            b'{"data":[1,2]',
            b'{"data":[1,2]}}',
            b'{"data":[1,,2]}',
        ),
        *(b'{"data":[1,]}', b'{"data":[,]}', b'{"data":["a]}', b'{"data":[1 2]}', b'{"data":[{]}', b'{"data":[NaN]}'),
        *(b'{"data":[1]} x', b'["data":[1]]', b'{"data":[1],"data":[2]}', b'{"data":[1],}', b'{"data":["\xff"]}'),
        b'{"data":[' + b'"\\' * 100_000,
        b'{"data":["' + b"x" * 70_000 + b'"]}',
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_not_one_object_with_a_list_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        list(items(body))


def test_a_coupon_is_known_by_its_code_its_id_and_its_series() -> None:
    assert list(map(coupon_of, items(json.dumps(LISTED).encode()))) == [Coupon("A", 7, 1)]


def test_a_list_takes_no_multiple_of_its_size() -> None:
    entry = b'{"code":"A%07d","couponId":%d,"seriesId":1,"description":"' + b"x" * 100 + b'"}'
    body = b'{"data":[' + b",".join(entry % (index, index) for index in range(100_000)) + b"]}"
    tracemalloc.start()
    try:
        assert sum(1 for _ in items(body)) == 100_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000
