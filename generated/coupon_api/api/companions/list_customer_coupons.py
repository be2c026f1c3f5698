from http import HTTPStatus
from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.customer_coupons import CustomerCoupons
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    mobile: str | Unset = UNSET,
    email: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    id: int | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    status: str | Unset = UNSET,
    sort_order: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["mobile"] = mobile

    params["email"] = email

    params["external_Id"] = external_id

    params["id"] = id

    params["coupon_code_case"] = coupon_code_case

    params["status"] = status

    params["sort_order"] = sort_order

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/customers/coupons",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | CustomerCoupons | None:
    if response.status_code == 200:
        response_200 = CustomerCoupons.from_dict(response.json())

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

    if response.status_code == 429:
        response_429 = cast(Any, None)
        return response_429

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | CustomerCoupons]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    mobile: str | Unset = UNSET,
    email: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    id: int | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    status: str | Unset = UNSET,
    sort_order: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Any | CustomerCoupons]:
    """List a customer's coupons

     Lists the coupons of one customer, page by page, with their ids and times of issue. The list is
    complete when all
    pages together hold `total` coupons and no page names another total. One of `mobile`, `email`,
    `external_Id` and
    `id` is needed.

    Args:
        mobile (str | Unset):
        email (str | Unset):
        external_id (str | Unset):
        id (int | Unset):
        coupon_code_case (str | Unset):
        status (str | Unset):
        sort_order (str | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | CustomerCoupons]
    """

    kwargs = _get_kwargs(
        mobile=mobile,
        email=email,
        external_id=external_id,
        id=id,
        coupon_code_case=coupon_code_case,
        status=status,
        sort_order=sort_order,
        limit=limit,
        offset=offset,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    mobile: str | Unset = UNSET,
    email: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    id: int | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    status: str | Unset = UNSET,
    sort_order: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Any | CustomerCoupons | None:
    """List a customer's coupons

     Lists the coupons of one customer, page by page, with their ids and times of issue. The list is
    complete when all
    pages together hold `total` coupons and no page names another total. One of `mobile`, `email`,
    `external_Id` and
    `id` is needed.

    Args:
        mobile (str | Unset):
        email (str | Unset):
        external_id (str | Unset):
        id (int | Unset):
        coupon_code_case (str | Unset):
        status (str | Unset):
        sort_order (str | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | CustomerCoupons
    """

    return sync_detailed(
        client=client,
        mobile=mobile,
        email=email,
        external_id=external_id,
        id=id,
        coupon_code_case=coupon_code_case,
        status=status,
        sort_order=sort_order,
        limit=limit,
        offset=offset,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    mobile: str | Unset = UNSET,
    email: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    id: int | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    status: str | Unset = UNSET,
    sort_order: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Any | CustomerCoupons]:
    """List a customer's coupons

     Lists the coupons of one customer, page by page, with their ids and times of issue. The list is
    complete when all
    pages together hold `total` coupons and no page names another total. One of `mobile`, `email`,
    `external_Id` and
    `id` is needed.

    Args:
        mobile (str | Unset):
        email (str | Unset):
        external_id (str | Unset):
        id (int | Unset):
        coupon_code_case (str | Unset):
        status (str | Unset):
        sort_order (str | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | CustomerCoupons]
    """

    kwargs = _get_kwargs(
        mobile=mobile,
        email=email,
        external_id=external_id,
        id=id,
        coupon_code_case=coupon_code_case,
        status=status,
        sort_order=sort_order,
        limit=limit,
        offset=offset,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    mobile: str | Unset = UNSET,
    email: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    id: int | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    status: str | Unset = UNSET,
    sort_order: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Any | CustomerCoupons | None:
    """List a customer's coupons

     Lists the coupons of one customer, page by page, with their ids and times of issue. The list is
    complete when all
    pages together hold `total` coupons and no page names another total. One of `mobile`, `email`,
    `external_Id` and
    `id` is needed.

    Args:
        mobile (str | Unset):
        email (str | Unset):
        external_id (str | Unset):
        id (int | Unset):
        coupon_code_case (str | Unset):
        status (str | Unset):
        sort_order (str | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | CustomerCoupons
    """

    return (
        await asyncio_detailed(
            client=client,
            mobile=mobile,
            email=email,
            external_id=external_id,
            id=id,
            coupon_code_case=coupon_code_case,
            status=status,
            sort_order=sort_order,
            limit=limit,
            offset=offset,
        )
    ).parsed
