from http import HTTPStatus
from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.revoke_request import RevokeRequest
from ...models.revoked_coupons import RevokedCoupons
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: RevokeRequest,
    coupon_code_case: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["couponCodeCase"] = coupon_code_case

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v2/coupon/revoke",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | RevokedCoupons | None:
    if response.status_code == 200:
        response_200 = RevokedCoupons.from_dict(response.json())

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

    if response.status_code == 415:
        response_415 = cast(Any, None)
        return response_415

    if response.status_code == 429:
        response_429 = cast(Any, None)
        return response_429

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | RevokedCoupons]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: RevokeRequest,
    coupon_code_case: str | Unset = UNSET,
) -> Response[Any | RevokedCoupons]:
    """Revoke coupons

     Revokes unredeemed coupons by their codes, at most 50 in a request. The operation can also revoke by
    customer; it
    then revokes every unredeemed coupon of the series, also those that others issued, and is left out
    here.

    Args:
        coupon_code_case (str | Unset):
        body (RevokeRequest): Coupons to revoke.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | RevokedCoupons]
    """

    kwargs = _get_kwargs(
        body=body,
        coupon_code_case=coupon_code_case,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: RevokeRequest,
    coupon_code_case: str | Unset = UNSET,
) -> Any | RevokedCoupons | None:
    """Revoke coupons

     Revokes unredeemed coupons by their codes, at most 50 in a request. The operation can also revoke by
    customer; it
    then revokes every unredeemed coupon of the series, also those that others issued, and is left out
    here.

    Args:
        coupon_code_case (str | Unset):
        body (RevokeRequest): Coupons to revoke.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | RevokedCoupons
    """

    return sync_detailed(
        client=client,
        body=body,
        coupon_code_case=coupon_code_case,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: RevokeRequest,
    coupon_code_case: str | Unset = UNSET,
) -> Response[Any | RevokedCoupons]:
    """Revoke coupons

     Revokes unredeemed coupons by their codes, at most 50 in a request. The operation can also revoke by
    customer; it
    then revokes every unredeemed coupon of the series, also those that others issued, and is left out
    here.

    Args:
        coupon_code_case (str | Unset):
        body (RevokeRequest): Coupons to revoke.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | RevokedCoupons]
    """

    kwargs = _get_kwargs(
        body=body,
        coupon_code_case=coupon_code_case,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: RevokeRequest,
    coupon_code_case: str | Unset = UNSET,
) -> Any | RevokedCoupons | None:
    """Revoke coupons

     Revokes unredeemed coupons by their codes, at most 50 in a request. The operation can also revoke by
    customer; it
    then revokes every unredeemed coupon of the series, also those that others issued, and is left out
    here.

    Args:
        coupon_code_case (str | Unset):
        body (RevokeRequest): Coupons to revoke.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | RevokedCoupons
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            coupon_code_case=coupon_code_case,
        )
    ).parsed
