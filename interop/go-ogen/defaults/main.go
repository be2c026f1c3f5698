// Calls the client of ogen with its defaults, and believes what it decodes.
package main

import (
	"context"
	"errors"
	"log"

	"github.com/ogen-go/ogen/validate"

	couponapi "interop-ogen/build"
	"interop-ogen/till"
	"interop/caller"
)

func main() { caller.Run(issue) }

func issue(order caller.Order) (coupons []caller.Coupon, _ error) {
	client, err := couponapi.NewClient(order.URL, till.Basic(order.User, order.Password))
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.IssueMultipleCoupons(context.Background(), &couponapi.IssuanceRequest{
		SeriesId: order.Series,
		Customer: couponapi.CustomerReference{Mobile: couponapi.NewOptString(order.Mobile)},
		Count:    couponapi.NewOptInt32(order.Count),
	})
	var undocumented *validate.UnexpectedStatusCodeError
	if errors.As(err, &undocumented) {
		return nil, nil
	}
	if body, processed := response.(*couponapi.IssuanceResponse); processed {
		for _, coupon := range body.Coupons {
			coupons = append(coupons, caller.Coupon{Code: coupon.Code, ID: coupon.CouponId})
		}
	}
	return coupons, err
}
