// Package caller makes of a generated client a caller for `coupon-contract judge-caller`, which believes what the client
// decodes.
package caller

import (
	"encoding/json"
	"log"
	"os"
	"strconv"
)

// Order is what judge-caller asks for.
type Order struct {
	URL, User, Password, Mobile string
	Series                      int64
	Count                       int32
}

// Coupon is a coupon as the generated client holds it.
type Coupon struct {
	Code string
	ID   int64
}

// Run makes the calls. issue returns the coupons of a response, none for a failed status, and an error without either.
func Run(issue func(Order) ([]Coupon, error)) {
	order := Order{
		URL: os.Getenv("COUPON_URL"), User: os.Getenv("COUPON_USER"), Password: os.Getenv("COUPON_PASSWORD"),
		Mobile: os.Getenv("COUPON_MOBILE"), Series: number("COUPON_SERIES"), Count: int32(number("COUPON_COUNT")),
	}
	calls := int64(1)
	if os.Getenv("COUPON_CALLS") != "" {
		calls = number("COUPON_CALLS")
	}
	for range calls {
		coupons, err := issue(order)
		if err := json.NewEncoder(os.Stdout).Encode(report(coupons, err, order.Count)); err != nil {
			log.Fatal(err)
		}
	}
}

func report(coupons []Coupon, err error, count int32) map[string]any {
	if err != nil {
		return map[string]any{"end": "unknown"}
	}
	codes, ids, end := []string{}, []string{}, "partly-issued"
	for _, coupon := range coupons {
		codes, ids = append(codes, coupon.Code), append(ids, strconv.FormatInt(coupon.ID, 10))
	}
	switch len(coupons) {
	case int(count):
		end = "issued"
	case 0:
		end = "nothing-issued"
	}
	return map[string]any{"end": end, "codes": codes, "ids": ids}
}

func number(name string) int64 {
	value, err := strconv.ParseInt(os.Getenv(name), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return value
}
