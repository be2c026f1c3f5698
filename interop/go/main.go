// Makes the calls of standard input with the client of oapi-codegen. Its response is not decoded: the text decides.
package main

import (
	"context"
	"log"
	"net/http"

	couponapi "interop/build"
	"interop/program"
)

func main() { program.Run(send) }

func send(call program.Call) (kept program.Reply) {
	var request couponapi.IssuanceRequest
	program.Decode(call.Request, &request)
	till := func(_ context.Context, request *http.Request) error {
		request.SetBasicAuth(call.User, call.Password)
		return nil
	}
	once := program.Once(call.TimeoutMs, &kept)
	client, err := couponapi.NewClient(call.URL, couponapi.WithHTTPClient(once), couponapi.WithRequestEditorFn(till))
	if err != nil {
		log.Fatal(err)
	}
	if response, err := client.IssueMultipleCoupons(context.Background(), request); err == nil {
		response.Body.Close()
	}
	return kept
}
