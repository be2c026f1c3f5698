// Makes the calls of standard input with the client of openapi-generator. What it decodes is not used: the text
// decides.
package main

import (
	"context"

	couponapi "interop-openapi-generator/build/client"
	"interop/program"
)

func main() { program.Run(send) }

func send(call program.Call) (kept program.Reply) {
	var request couponapi.IssuanceRequest
	program.Decode(call.Request, &request)
	config := couponapi.NewConfiguration()
	config.Servers = couponapi.ServerConfigurations{{URL: call.URL}}
	config.HTTPClient = program.Once(call.TimeoutMs, &kept)
	till := couponapi.BasicAuth{UserName: call.User, Password: call.Password}
	ctx := context.WithValue(context.Background(), couponapi.ContextBasicAuth, till)
	// An error is a lost response, or one that its models cannot hold.
	_, _, _ = couponapi.NewAPIClient(config).IssuanceAPI.IssueMultipleCoupons(ctx).IssuanceRequest(request).Execute()
	return kept
}
