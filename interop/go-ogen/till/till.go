// Package till has the credentials of a till for the client of ogen, which asks for those of each scheme in turn.
package till

import (
	"context"

	"github.com/ogen-go/ogen/ogenerrors"

	couponapi "interop-ogen/build"
)

// Basic gives user and password, and no token.
func Basic(user, password string) couponapi.SecuritySource {
	return source{couponapi.Till{Username: user, Password: password}}
}

type source struct{ till couponapi.Till }

func (source source) Till(context.Context, couponapi.OperationName) (couponapi.Till, error) {
	return source.till, nil
}

func (source) OauthToken(context.Context, couponapi.OperationName) (couponapi.OauthToken, error) {
	return couponapi.OauthToken{}, ogenerrors.ErrSkipClientSecurity
}
