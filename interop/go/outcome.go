package main

import (
	"slices"
	"strings"

	couponapi "interop/build"
)

// End is one of the ways in which a call of the issuing operation ends.
type End string

const (
	Issued           End = "issued"
	PartlyIssued     End = "partly-issued"
	Refused          End = "refused"           // nothing was issued, Errors say why
	Rejected         End = "rejected"          // nothing was issued, Status says why
	NotAuthenticated End = "not-authenticated" // nothing was issued
	OutcomeUnknown   End = "outcome-unknown"   // coupons may exist: read back before you call again
)

// Outcome is what a call came to. Codes may be ones that no document knows yet.
type Outcome struct {
	End              End
	Coupons          []couponapi.Coupon
	Missing          int
	Errors, Warnings []int32
	Status           int
	Why              string
}

// Statuses that the document says issue nothing.
var rejected = []int{400, 403, 405, 415, 429}

// OutcomeOf tells what became of a call that asked for so many coupons (1 when it left the count out), from what
// IssueMultipleCouponsWithResponse returned.
func OutcomeOf(response *couponapi.IssueMultipleCouponsResponse, err error, asked int) Outcome {
	switch {
	case err != nil:
		return unknown("no answer that can be read") // the error may quote the answer
	case response.StatusCode() == 401:
		return Outcome{End: NotAuthenticated, Status: 401}
	case slices.Contains(rejected, response.StatusCode()):
		return Outcome{End: Rejected, Status: response.StatusCode()}
	case response.JSON200 == nil:
		return unknown("no JSON answer with HTTP 200")
	}
	return outcomeOfAnswer(response.JSON200, asked)
}

func outcomeOfAnswer(answer *couponapi.IssuanceResponse, asked int) Outcome {
	var errors, warnings []int32
	for _, entry := range answer.Errors {
		errors = append(errors, entry.Code)
	}
	for _, entry := range orZero(answer.Warnings) {
		warnings = append(warnings, entry.Code)
	}
	coupons := orZero(answer.Coupons)
	if len(coupons) == 0 {
		// A code that is missing reads as 0.
		if len(errors) == 0 || slices.Contains(errors, 0) || orZero(answer.SuccessCount) > 0 {
			return unknown("neither coupons nor a reason")
		}
		return Outcome{End: Refused, Errors: errors, Warnings: warnings}
	}
	codes := map[string]bool{"": true} // a code that is missing reads as an empty text
	for _, coupon := range coupons {
		if codes[coupon.Code] {
			return unknown("a coupon without a code, or named twice")
		}
		codes[coupon.Code] = true
	}
	total, issued := or(answer.TotalCount, asked), or(answer.SuccessCount, len(coupons))
	if issued > asked || total != asked || issued != len(coupons) || or(answer.FailureCount, total-issued) != total-issued {
		return unknown("the counts contradict the coupons")
	}
	missing, end := asked-issued, Issued
	if missing > 0 {
		end = PartlyIssued
	}
	return Outcome{End: end, Coupons: coupons, Missing: missing, Errors: errors, Warnings: warnings}
}

// SameCustomer tells whether the answer names the customer that was asked for.
func SameCustomer(customer *couponapi.Customer, asked couponapi.CustomerReference) bool {
	for _, profile := range orZero(customer).Profiles {
		for _, identifier := range profile.Identifiers {
			switch {
			case identifier.Type == "mobile" && asked.Mobile != nil && identifier.Value == *asked.Mobile,
				identifier.Type == "email" && asked.Email != nil && identifier.Value == *asked.Email,
				identifier.Type == "externalId" && asked.ExternalId != nil && SameExternalID(identifier.Value, *asked.ExternalId):
				return true
			}
		}
	}
	return false
}

// SameExternalID compares without leading zeros: an external id may come back padded.
func SameExternalID(left, right string) bool {
	return strings.TrimLeft(left, "0") == strings.TrimLeft(right, "0")
}

func unknown(why string) Outcome {
	return Outcome{End: OutcomeUnknown, Why: why}
}

func orZero[T any](pointer *T) T {
	var zero T
	if pointer == nil {
		return zero
	}
	return *pointer
}

func or(count *int32, otherwise int) int {
	if count == nil {
		return otherwise
	}
	return int(*count)
}
