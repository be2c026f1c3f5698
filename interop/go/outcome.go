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
	Refused          End = "refused"           // nothing was issued, Errors say why, all of them certain refusals
	Rejected         End = "rejected"          // nothing was issued, Status says why
	NotAuthenticated End = "not-authenticated" // nothing was issued
	OutcomeUnknown   End = "outcome-unknown"   // coupons may exist: read back before you call again
)

// Outcome is what a call came to. Codes may be ones that no document knows yet. With OutcomeUnknown, Coupons, Errors and
// Warnings are those that the answer names.
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

// certainRefusals are the codes of errors that prove that nothing was issued; no other code does.
var certainRefusals = []int32{677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005}

// issuedOrInDoubt are codes with which coupons were or may have been issued. As warnings they contradict a refusal.
var issuedOrInDoubt = []int32{
	500, 510, 621, 626, 629, 678, 679, 687, 700, 702, 704, 722, 724, 730, 731,
	748, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798, 5006,
}

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
	unknown := func(why string) Outcome {
		return Outcome{End: OutcomeUnknown, Coupons: coupons, Errors: errors, Warnings: warnings, Why: why}
	}
	if len(coupons) == 0 {
		if len(errors) == 0 || orZero(answer.SuccessCount) > 0 {
			return unknown("neither coupons nor a reason")
		}
		uncertain := func(code int32) bool { return !slices.Contains(certainRefusals, code) } // 0 where it is missing
		contradicts := func(code int32) bool { return slices.Contains(issuedOrInDoubt, code) }
		if slices.ContainsFunc(errors, uncertain) || slices.ContainsFunc(warnings, contradicts) {
			return unknown("no coupons, and a code that does not prove a refusal")
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
