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
	"interop/outcome"
)

type call struct {
	Name, URL, User, Password string
	TimeoutMs                 int
	Request                   couponapi.IssuanceRequest
	Left, Right               *string
	Body                      *[]byte // of a response that is judged without a call
	Status, Requested         int
}

type report struct {
	Name         string            `json:"name"`
	Same         bool              `json:"same"`
	End          outcome.End       `json:"end"`
	Codes        []string          `json:"codes,omitempty"`
	IDs          []*string         `json:"ids,omitempty"`
	Missing      int               `json:"missing"`
	Errors       []int64           `json:"errors,omitempty"`
	Warnings     []int64           `json:"warnings,omitempty"`
	Status       int               `json:"status"`
	DiscountType string            `json:"discountType"`
	SameCustomer bool              `json:"sameCustomer"`
	Details      map[string]string `json:"details"`
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
	switch {
	case told.Left != nil:
		return report{Name: told.Name, Same: outcome.SameExternalID(*told.Left, *told.Right)}
	case told.Body != nil:
		return reported(told.Name, outcome.Of(told.Status, *told.Body, told.Requested, true))
	}
	seen := issued(told)
	made := reported(told.Name, seen)
	customer := told.Request.Customer
	for kind, identifier := range map[string]*string{
		"mobile": customer.Mobile, "email": customer.Email, "externalId": customer.ExternalId,
	} {
		made.SameCustomer = made.SameCustomer || (identifier != nil && seen.SameCustomer(kind, *identifier))
	}
	return made
}

// issued makes the call with the generated client, whose response is not decoded: the text decides.
func issued(told call) outcome.Outcome {
	requested := 1
	if told.Request.Count != nil {
		requested = int(*told.Request.Count)
	}
	client, err := newClient(told)
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.IssueMultipleCoupons(context.Background(), told.Request)
	if err != nil {
		return outcome.Of(0, nil, requested, false)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	complete := err == nil && response.Header.Get("Content-Encoding") == ""
	return outcome.Of(response.StatusCode, body, requested, complete)
}

func reported(name string, seen outcome.Outcome) report {
	made := report{
		Name: name, End: seen.End, Missing: seen.Missing, Errors: seen.Errors, Warnings: seen.Warnings, Status: seen.Status,
		Details: map[string]string{},
	}
	for _, coupon := range seen.Coupons {
		made.Codes = append(made.Codes, coupon.Code)
		if coupon.ID == "" {
			made.IDs = append(made.IDs, nil)
		} else {
			made.IDs = append(made.IDs, &coupon.ID)
		}
	}
	made.DiscountType, _ = seen.Value("couponConfig", "discountType")
	for key, path := range map[string][]any{
		"discountValue":   {"couponConfig", "discountValue"},
		"fixedExpiryDate": {"couponConfig", "fixedExpiryDate"},
		"autoUpdateTime":  {"customer", "profiles", 0, "autoUpdateTime"},
	} {
		if value, there := seen.Value(path...); there {
			made.Details[key] = value
		}
	}
	return made
}

func newClient(told call) (*couponapi.Client, error) {
	once := &http.Client{
		Timeout:       time.Duration(told.TimeoutMs) * time.Millisecond,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // 307 would send again
		Transport:     &http.Transport{DisableCompression: true},                                     // else gzip is unpacked without a word of it
	}
	till := func(_ context.Context, request *http.Request) error {
		request.SetBasicAuth(told.User, told.Password)
		return nil
	}
	return couponapi.NewClient(told.URL, couponapi.WithHTTPClient(once), couponapi.WithRequestEditorFn(till))
}
