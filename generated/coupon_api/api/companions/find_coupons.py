from http import HTTPStatus
from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.found_coupons import FoundCoupons
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    issued_to_ids: list[int] | Unset = UNSET,
    coupon_ids: list[int] | Unset = UNSET,
    coupon_codes: list[str] | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    include_issual_details: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_issued_to_ids: list[int] | Unset = UNSET
    if not isinstance(issued_to_ids, Unset):
        json_issued_to_ids = issued_to_ids

    params["issuedToIds"] = json_issued_to_ids

    json_coupon_ids: list[int] | Unset = UNSET
    if not isinstance(coupon_ids, Unset):
        json_coupon_ids = coupon_ids

    params["couponIds"] = json_coupon_ids

    json_coupon_codes: list[str] | Unset = UNSET
    if not isinstance(coupon_codes, Unset):
        json_coupon_codes = coupon_codes

    params["couponCodes"] = json_coupon_codes

    params["coupon_code_case"] = coupon_code_case

    params["includeIssualDetails"] = include_issual_details

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/coupon",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | FoundCoupons | None:
    if response.status_code == 200:
        response_200 = FoundCoupons.from_dict(response.json())

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
) -> Response[Any | FoundCoupons]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    issued_to_ids: list[int] | Unset = UNSET,
    coupon_ids: list[int] | Unset = UNSET,
    coupon_codes: list[str] | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    include_issual_details: bool | Unset = UNSET,
) -> Response[Any | FoundCoupons]:
    """Read issued coupons back

     Lists coupons that were issued. This is what tells a client whether a call whose answer was lost
    issued anything.
    At least one of the first three parameters is needed; parameters of different names narrow the
    result. By default
    codes come back in upper case: compare them without regard to case, or ask for `AS_IT_IS`.

    Args:
        issued_to_ids (list[int] | Unset):
        coupon_ids (list[int] | Unset):
        coupon_codes (list[str] | Unset):
        coupon_code_case (str | Unset):
        include_issual_details (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | FoundCoupons]
    """

    kwargs = _get_kwargs(
        issued_to_ids=issued_to_ids,
        coupon_ids=coupon_ids,
        coupon_codes=coupon_codes,
        coupon_code_case=coupon_code_case,
        include_issual_details=include_issual_details,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    issued_to_ids: list[int] | Unset = UNSET,
    coupon_ids: list[int] | Unset = UNSET,
    coupon_codes: list[str] | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    include_issual_details: bool | Unset = UNSET,
) -> Any | FoundCoupons | None:
    """Read issued coupons back

     Lists coupons that were issued. This is what tells a client whether a call whose answer was lost
    issued anything.
    At least one of the first three parameters is needed; parameters of different names narrow the
    result. By default
    codes come back in upper case: compare them without regard to case, or ask for `AS_IT_IS`.

    Args:
        issued_to_ids (list[int] | Unset):
        coupon_ids (list[int] | Unset):
        coupon_codes (list[str] | Unset):
        coupon_code_case (str | Unset):
        include_issual_details (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | FoundCoupons
    """

    return sync_detailed(
        client=client,
        issued_to_ids=issued_to_ids,
        coupon_ids=coupon_ids,
        coupon_codes=coupon_codes,
        coupon_code_case=coupon_code_case,
        include_issual_details=include_issual_details,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    issued_to_ids: list[int] | Unset = UNSET,
    coupon_ids: list[int] | Unset = UNSET,
    coupon_codes: list[str] | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    include_issual_details: bool | Unset = UNSET,
) -> Response[Any | FoundCoupons]:
    """Read issued coupons back

     Lists coupons that were issued. This is what tells a client whether a call whose answer was lost
    issued anything.
    At least one of the first three parameters is needed; parameters of different names narrow the
    result. By default
    codes come back in upper case: compare them without regard to case, or ask for `AS_IT_IS`.

    Args:
        issued_to_ids (list[int] | Unset):
        coupon_ids (list[int] | Unset):
        coupon_codes (list[str] | Unset):
        coupon_code_case (str | Unset):
        include_issual_details (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | FoundCoupons]
    """

    kwargs = _get_kwargs(
        issued_to_ids=issued_to_ids,
        coupon_ids=coupon_ids,
        coupon_codes=coupon_codes,
        coupon_code_case=coupon_code_case,
        include_issual_details=include_issual_details,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    issued_to_ids: list[int] | Unset = UNSET,
    coupon_ids: list[int] | Unset = UNSET,
    coupon_codes: list[str] | Unset = UNSET,
    coupon_code_case: str | Unset = UNSET,
    include_issual_details: bool | Unset = UNSET,
) -> Any | FoundCoupons | None:
    """Read issued coupons back

     Lists coupons that were issued. This is what tells a client whether a call whose answer was lost
    issued anything.
    At least one of the first three parameters is needed; parameters of different names narrow the
    result. By default
    codes come back in upper case: compare them without regard to case, or ask for `AS_IT_IS`.

    Args:
        issued_to_ids (list[int] | Unset):
        coupon_ids (list[int] | Unset):
        coupon_codes (list[str] | Unset):
        coupon_code_case (str | Unset):
        include_issual_details (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | FoundCoupons
    """

    return (
        await asyncio_detailed(
            client=client,
            issued_to_ids=issued_to_ids,
            coupon_ids=coupon_ids,
            coupon_codes=coupon_codes,
            coupon_code_case=coupon_code_case,
            include_issual_details=include_issual_details,
        )
    ).parsed
