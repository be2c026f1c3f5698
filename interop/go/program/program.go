// Package program makes the calls that standard input tells it, one JSON a line, each once, and reports the end of
// each. A generated client sends; the text of the response decides.
package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"interop/outcome"
)

// Call is a line of the input.
type Call struct {
	Name, URL, User, Password string
	TimeoutMs                 int
	Request                   json.RawMessage
	Left, Right               *string
	Body                      *[]byte // of a response that is judged without a call
	Status, Requested         int
}

// Reply is the text of a response. Complete is false when there is none, and when it may be cut off or was compressed.
type Reply struct {
	Status   int
	Body     []byte
	Complete bool
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

// Run reports the end of every call of the standard input; send makes a call with the generated client.
func Run(send func(Call) Reply) {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var call Call
		if err := in.Decode(&call); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(made(call, send)); err != nil {
			log.Fatal(err)
		}
	}
}

func made(call Call, send func(Call) Reply) report {
	switch {
	case call.Left != nil:
		return report{Name: call.Name, Same: outcome.SameExternalID(*call.Left, *call.Right)}
	case call.Body != nil:
		return reported(call.Name, outcome.Of(call.Status, *call.Body, call.Requested, true))
	}
	var request struct {
		Count    *int
		Customer map[string]string
	}
	Decode(call.Request, &request)
	requested := 1
	if request.Count != nil {
		requested = *request.Count
	}
	reply := send(call)
	seen := outcome.Of(reply.Status, reply.Body, requested, reply.Complete)
	made := reported(call.Name, seen)
	for kind, identifier := range request.Customer {
		made.SameCustomer = made.SameCustomer || seen.SameCustomer(kind, identifier)
	}
	return made
}

// Decode reads the request of a call.
func Decode(request json.RawMessage, into any) {
	if err := json.Unmarshal(request, into); err != nil {
		log.Fatal(err)
	}
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

var transport = &http.Transport{DisableCompression: true} // else gzip is unpacked without a word of it

// Once is an HTTP client that sends once, and leaves the text of the response in kept, whatever the generated client
// makes of it.
func Once(timeoutMs int, kept *Reply) *http.Client {
	return &http.Client{
		Timeout:       time.Duration(timeoutMs) * time.Millisecond,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // 307 would send again
		Transport:     keeper{kept},
	}
}

type keeper struct{ kept *Reply }

func (keeper keeper) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	complete := err == nil && response.Header.Get("Content-Encoding") == ""
	*keeper.kept = Reply{response.StatusCode, body, complete}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}
