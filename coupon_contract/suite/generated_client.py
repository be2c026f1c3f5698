"""The generated client, whose reading of a response the suite checks (clause generated-client-reads).

A checkout has it as the package `coupon_api`; the wheel has a private copy, so that it installs one top-level package.
"""

from typing import TYPE_CHECKING

from coupon_contract.paths import IN_CHECKOUT

if TYPE_CHECKING or IN_CHECKOUT:
    from coupon_api import AuthenticatedClient
    from coupon_api.api.issuance import issue_multiple_coupons
    from coupon_api.models import CustomerReference, IssuanceRequest, IssuanceResponse
else:
    from coupon_contract._coupon_api import AuthenticatedClient
    from coupon_contract._coupon_api.api.issuance import issue_multiple_coupons
    from coupon_contract._coupon_api.models import CustomerReference, IssuanceRequest, IssuanceResponse

__all__ = ["AuthenticatedClient", "CustomerReference", "IssuanceRequest", "IssuanceResponse", "issue_multiple_coupons"]
