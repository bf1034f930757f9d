package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
)

// failure is why one address gave nothing. Anything else that comes out of fetching ends the whole run.
type failure struct {
	reason    string
	temporary bool
	status    int // of the response, 0 if there was none
}

func (f *failure) Error() string { return f.reason }

func refuse(format string, args ...any) *failure {
	return &failure{reason: fmt.Sprintf(format, args...)}
}

func temporary(format string, args ...any) *failure {
	return &failure{reason: fmt.Sprintf(format, args...), temporary: true}
}

// statusFailure is for a response that is neither a page nor a redirect. The words are ours, not the server's.
func statusFailure(status int) *failure {
	gone := status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
	reason := fmt.Sprintf("server answered %d", status)
	if text := http.StatusText(status); text != "" {
		reason += " " + text
	}
	return &failure{reason: reason, temporary: !gone, status: status}
}

// Causes for which a request is ended from our side.
var (
	errTimeout  = errors.New("took too long")
	errTooSlow  = errors.New("came too slowly")
	errTooLarge = errors.New("is too large")
)

// errEnough means that the run has downloaded all that it may.
var errEnough = errors.New("total size reached")

// forbidden is an address that a connection may not be made to.
type forbidden struct{ at netip.AddrPort }

func (f *forbidden) Error() string {
	return fmt.Sprintf("%s is not a public address and not in an allowed network", f.at)
}

// explain makes a failure of what went wrong in a request, in words that hold nothing of what the server sent: net/http
// quotes lines that it cannot read. What ended the run, not the request, is returned as it is.
func explain(run, request context.Context, err error) error {
	var f *failure
	var at *forbidden
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch cause := context.Cause(request); {
	case run.Err() != nil:
		return context.Cause(run)
	case errors.As(err, &f):
		return f
	case errors.Is(err, errEnough), errors.As(err, new(*cacheError)):
		return err
	case errors.Is(err, errTooLarge):
		return refuse("%v", err)
	case cause != nil:
		return temporary("%v", cause)
	case errors.As(err, &at):
		return refuse("%v", at)
	case errors.As(err, &dns):
		return temporary("host name %.100q cannot be resolved", dns.Name)
	case errors.As(err, &certificate):
		return temporary("the server's certificate cannot be verified")
	case errors.Is(err, syscall.ECONNREFUSED):
		return temporary("connection refused")
	case errors.As(err, &timeout) && timeout.Timeout():
		return temporary("%v", errTimeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return temporary("connection broke off")
	}
	return temporary("server gave no answer that can be read")
}
