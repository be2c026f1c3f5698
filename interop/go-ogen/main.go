// Makes the calls of standard input with the client of ogen. What it decodes is not used: the text decides.
package main

import (
	"context"
	"log"

	couponapi "interop-ogen/build"
	"interop-ogen/till"
	"interop/program"
)

func main() { program.Run(send) }

func send(call program.Call) (kept program.Reply) {
	var request couponapi.IssuanceRequest
	if err := request.UnmarshalJSON(call.Request); err != nil {
		log.Fatal(err)
	}
	once := program.Once(call.TimeoutMs, &kept)
	client, err := couponapi.NewClient(call.URL, till.Basic(call.User, call.Password), couponapi.WithClient(once))
	if err != nil {
		log.Fatal(err)
	}
	// An error is a lost response, or one that its models cannot hold.
	_, _ = client.IssueMultipleCoupons(context.Background(), &request)
	return kept
}
