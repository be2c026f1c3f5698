from http import HTTPStatus
from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.issuance_request import IssuanceRequest
from ...models.issuance_response import IssuanceResponse
from ...types import Response


def _get_kwargs(
    *,
    body: IssuanceRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v2/coupon/issue/multiple",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | IssuanceResponse | None:
    if response.status_code == 200:
        response_200 = IssuanceResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = cast(Any, None)
        return response_400

    if response.status_code == 401:
        response_401 = cast(Any, None)
        return response_401

    if response.status_code == 403:
        response_403 = cast(Any, None)
        return response_403

    if response.status_code == 405:
        response_405 = cast(Any, None)
        return response_405

    if response.status_code == 413:
        response_413 = cast(Any, None)
        return response_413

    if response.status_code == 415:
        response_415 = cast(Any, None)
        return response_415

    if response.status_code == 429:
        response_429 = cast(Any, None)
        return response_429

    if response.status_code == 503:
        response_503 = cast(Any, None)
        return response_503

    if response.status_code == 521:
        response_521 = cast(Any, None)
        return response_521

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | IssuanceResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: IssuanceRequest,
) -> Response[Any | IssuanceResponse]:
    """Issue multiple coupons of a series to a customer

     Issues `count` coupons of one series to one customer. Not idempotent: each call creates new coupons,
    so a call
    whose answer was lost may have issued them. Read back before you call again.

    Never follow a redirect and never retry: either sends the body again, and coupons are issued twice.
    Many HTTP
    libraries, generated clients, proxies and job queues do so by default; switch it off.

    Every processed request is answered with HTTP 200. The body says what happened:

    * **issued**: `coupons` is there, `errors` is empty and `successCount == totalCount == count`;
    * **partly issued**: `coupons` is there and `1 <= successCount < totalCount == count`; `errors` or
    `warnings`
      say why the rest is missing;
    * **refused**: no `coupons`, and `errors` is not empty. Nothing was issued if every code in `errors`
    is a certain
      refusal (`withoutCoupons: refused` in `IssuanceErrorCode`) and no warning contradicts it. With any
    other code,
      for example 748 "Coupon service timed out", or with a partial-success code in `warnings`, coupons
    may exist:
      treat the call as one whose answer was lost.

    Decide on the JSON text, before it becomes a generated model: models drop repeated keys and unknown
    fields, and
    turn texts, numbers and null into each other. A response that violates its schema does not mean that
    nothing was
    issued. A validation error in the client is an unknown outcome, and so is every 5xx.

    Args:
        body (IssuanceRequest): One issuance. Fields that are not listed here are ignored or
            refused with HTTP 400.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | IssuanceResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: IssuanceRequest,
) -> Any | IssuanceResponse | None:
    """Issue multiple coupons of a series to a customer

     Issues `count` coupons of one series to one customer. Not idempotent: each call creates new coupons,
    so a call
    whose answer was lost may have issued them. Read back before you call again.

    Never follow a redirect and never retry: either sends the body again, and coupons are issued twice.
    Many HTTP
    libraries, generated clients, proxies and job queues do so by default; switch it off.

    Every processed request is answered with HTTP 200. The body says what happened:

    * **issued**: `coupons` is there, `errors` is empty and `successCount == totalCount == count`;
    * **partly issued**: `coupons` is there and `1 <= successCount < totalCount == count`; `errors` or
    `warnings`
      say why the rest is missing;
    * **refused**: no `coupons`, and `errors` is not empty. Nothing was issued if every code in `errors`
    is a certain
      refusal (`withoutCoupons: refused` in `IssuanceErrorCode`) and no warning contradicts it. With any
    other code,
      for example 748 "Coupon service timed out", or with a partial-success code in `warnings`, coupons
    may exist:
      treat the call as one whose answer was lost.

    Decide on the JSON text, before it becomes a generated model: models drop repeated keys and unknown
    fields, and
    turn texts, numbers and null into each other. A response that violates its schema does not mean that
    nothing was
    issued. A validation error in the client is an unknown outcome, and so is every 5xx.

    Args:
        body (IssuanceRequest): One issuance. Fields that are not listed here are ignored or
            refused with HTTP 400.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | IssuanceResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: IssuanceRequest,
) -> Response[Any | IssuanceResponse]:
    """Issue multiple coupons of a series to a customer

     Issues `count` coupons of one series to one customer. Not idempotent: each call creates new coupons,
    so a call
    whose answer was lost may have issued them. Read back before you call again.

    Never follow a redirect and never retry: either sends the body again, and coupons are issued twice.
    Many HTTP
    libraries, generated clients, proxies and job queues do so by default; switch it off.

    Every processed request is answered with HTTP 200. The body says what happened:

    * **issued**: `coupons` is there, `errors` is empty and `successCount == totalCount == count`;
    * **partly issued**: `coupons` is there and `1 <= successCount < totalCount == count`; `errors` or
    `warnings`
      say why the rest is missing;
    * **refused**: no `coupons`, and `errors` is not empty. Nothing was issued if every code in `errors`
    is a certain
      refusal (`withoutCoupons: refused` in `IssuanceErrorCode`) and no warning contradicts it. With any
    other code,
      for example 748 "Coupon service timed out", or with a partial-success code in `warnings`, coupons
    may exist:
      treat the call as one whose answer was lost.

    Decide on the JSON text, before it becomes a generated model: models drop repeated keys and unknown
    fields, and
    turn texts, numbers and null into each other. A response that violates its schema does not mean that
    nothing was
    issued. A validation error in the client is an unknown outcome, and so is every 5xx.

    Args:
        body (IssuanceRequest): One issuance. Fields that are not listed here are ignored or
            refused with HTTP 400.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | IssuanceResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: IssuanceRequest,
) -> Any | IssuanceResponse | None:
    """Issue multiple coupons of a series to a customer

     Issues `count` coupons of one series to one customer. Not idempotent: each call creates new coupons,
    so a call
    whose answer was lost may have issued them. Read back before you call again.

    Never follow a redirect and never retry: either sends the body again, and coupons are issued twice.
    Many HTTP
    libraries, generated clients, proxies and job queues do so by default; switch it off.

    Every processed request is answered with HTTP 200. The body says what happened:

    * **issued**: `coupons` is there, `errors` is empty and `successCount == totalCount == count`;
    * **partly issued**: `coupons` is there and `1 <= successCount < totalCount == count`; `errors` or
    `warnings`
      say why the rest is missing;
    * **refused**: no `coupons`, and `errors` is not empty. Nothing was issued if every code in `errors`
    is a certain
      refusal (`withoutCoupons: refused` in `IssuanceErrorCode`) and no warning contradicts it. With any
    other code,
      for example 748 "Coupon service timed out", or with a partial-success code in `warnings`, coupons
    may exist:
      treat the call as one whose answer was lost.

    Decide on the JSON text, before it becomes a generated model: models drop repeated keys and unknown
    fields, and
    turn texts, numbers and null into each other. A response that violates its schema does not mean that
    nothing was
    issued. A validation error in the client is an unknown outcome, and so is every 5xx.

    Args:
        body (IssuanceRequest): One issuance. Fields that are not listed here are ignored or
            refused with HTTP 400.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | IssuanceResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
