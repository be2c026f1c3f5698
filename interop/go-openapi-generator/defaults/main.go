// Calls the client of openapi-generator with its defaults, and believes what it decodes.
package main

import (
	"context"

	couponapi "interop-openapi-generator/build/client"
	"interop/caller"
)

func main() { caller.Run(issue) }

func issue(order caller.Order) (coupons []caller.Coupon, _ error) {
	config := couponapi.NewConfiguration()
	config.Servers = couponapi.ServerConfigurations{{URL: order.URL}}
	till := couponapi.BasicAuth{UserName: order.User, Password: order.Password}
	ctx := context.WithValue(context.Background(), couponapi.ContextBasicAuth, till)
	request := couponapi.NewIssuanceRequest(order.Series, couponapi.CustomerReference{Mobile: &order.Mobile})
	request.SetCount(order.Count)
	body, response, err := couponapi.NewAPIClient(config).IssuanceAPI.IssueMultipleCoupons(ctx).IssuanceRequest(*request).Execute()
	if err != nil && response != nil && response.StatusCode >= 300 {
		return nil, nil
	}
	for _, coupon := range body.GetCoupons() {
		coupons = append(coupons, caller.Coupon{Code: coupon.Code, ID: coupon.CouponId})
	}
	return coupons, err
}
