// Calls the generated client with its defaults, and believes what it decodes: a caller for `coupon-contract judge-caller`.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"

	couponapi "interop/build"
)

func main() {
	count, calls := number("COUPON_COUNT"), int64(1)
	if os.Getenv("COUPON_CALLS") != "" {
		calls = number("COUPON_CALLS")
	}
	for range calls {
		end, codes := issued(count)
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"end": end, "codes": append([]string{}, codes...)}); err != nil {
			log.Fatal(err)
		}
	}
}

func issued(count int64) (end string, codes []string) {
	till := func(_ context.Context, request *http.Request) error {
		request.SetBasicAuth(os.Getenv("COUPON_USER"), os.Getenv("COUPON_PASSWORD"))
		return nil
	}
	client, err := couponapi.NewClientWithResponses(os.Getenv("COUPON_URL"), couponapi.WithRequestEditorFn(till))
	if err != nil {
		log.Fatal(err)
	}
	mobile, wanted := os.Getenv("COUPON_MOBILE"), int32(count)
	request := couponapi.IssuanceRequest{
		SeriesId: number("COUPON_SERIES"), Customer: couponapi.CustomerReference{Mobile: &mobile}, Count: &wanted,
	}
	response, err := client.IssueMultipleCouponsWithResponse(context.Background(), request)
	if err != nil {
		return "unknown", nil
	}
	if response.JSON200 == nil || response.JSON200.Coupons == nil {
		return "nothing-issued", nil
	}
	for _, coupon := range *response.JSON200.Coupons {
		codes = append(codes, coupon.Code)
	}
	if int64(len(codes)) == count {
		return "issued", codes
	}
	return "partly-issued", codes
}

func number(name string) int64 {
	value, err := strconv.ParseInt(os.Getenv(name), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return value
}
