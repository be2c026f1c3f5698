// Calls the client of oapi-codegen with its defaults, and believes what it decodes.
package main

import (
	"context"
	"log"
	"net/http"

	couponapi "interop/build"
	"interop/caller"
)

func main() { caller.Run(issue) }

func issue(order caller.Order) (coupons []caller.Coupon, _ error) {
	till := func(_ context.Context, request *http.Request) error {
		request.SetBasicAuth(order.User, order.Password)
		return nil
	}
	client, err := couponapi.NewClientWithResponses(order.URL, couponapi.WithRequestEditorFn(till))
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.IssueMultipleCouponsWithResponse(context.Background(), couponapi.IssuanceRequest{
		SeriesId: order.Series, Customer: couponapi.CustomerReference{Mobile: &order.Mobile}, Count: &order.Count,
	})
	if err != nil || response.JSON200 == nil || response.JSON200.Coupons == nil {
		return nil, err
	}
	for _, coupon := range *response.JSON200.Coupons {
		coupons = append(coupons, caller.Coupon{Code: coupon.Code, ID: coupon.CouponId})
	}
	return coupons, nil
}
