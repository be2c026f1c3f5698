// Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	couponapi "interop/build"
)

type call struct {
	Name, URL, User, Password string
	TimeoutMs                 int
	Request                   couponapi.IssuanceRequest
	Left, Right               *string
}

type report struct {
	Name         string   `json:"name"`
	Same         bool     `json:"same"`
	End          End      `json:"end"`
	Codes        []string `json:"codes,omitempty"`
	Missing      int      `json:"missing"`
	Errors       []int32  `json:"errors,omitempty"`
	Warnings     []int32  `json:"warnings,omitempty"`
	Status       int      `json:"status"`
	Why          string   `json:"why,omitempty"`
	DiscountType string   `json:"discountType"`
	SameCustomer bool     `json:"sameCustomer"`
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var told call
		if err := in.Decode(&told); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(made(told)); err != nil {
			log.Fatal(err)
		}
	}
}

func made(told call) report {
	if told.Left != nil {
		return report{Name: told.Name, Same: SameExternalID(*told.Left, *told.Right)}
	}
	client, err := newClient(told)
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.IssueMultipleCouponsWithResponse(context.Background(), told.Request)
	seen := OutcomeOf(response, err, or(told.Request.Count, 1))
	made := report{
		Name: told.Name, End: seen.End, Missing: seen.Missing, Errors: seen.Errors, Warnings: seen.Warnings,
		Status: seen.Status, Why: seen.Why,
	}
	for _, coupon := range seen.Coupons {
		made.Codes = append(made.Codes, coupon.Code)
	}
	if seen.End == Issued || seen.End == PartlyIssued {
		answer := response.JSON200
		made.DiscountType = orZero(orZero(answer.CouponConfig).DiscountType)
		made.SameCustomer = SameCustomer(answer.Customer, told.Request.Customer)
	}
	return made
}

func newClient(told call) (*couponapi.ClientWithResponses, error) {
	once := &http.Client{
		Timeout:       time.Duration(told.TimeoutMs) * time.Millisecond,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // 307 would send again
	}
	till := func(_ context.Context, request *http.Request) error {
		request.SetBasicAuth(told.User, told.Password)
		return nil
	}
	return couponapi.NewClientWithResponses(
		told.URL, couponapi.WithHTTPClient(once), couponapi.WithRequestEditorFn(till))
}
