package llm

import (
	"context"
	"io"
	"net/http"
)

// Reach asks the upstream for the list of its models, which costs nothing: nil says that it is there and takes the key.
// Otherwise the error is an [*Error]. It is for people who look after a gateway; not every upstream has such a list.
func (m *Model) Reach(ctx context.Context) error {
	var dog watchdog
	run := dog.watch(ctx, &m.cfg)
	defer dog.stop()
	failed := func(e *Error) error {
		e.Model = m.cfg.Name
		return e
	}
	req, err := http.NewRequestWithContext(run, http.MethodGet, m.wire.list(), nil)
	if err != nil {
		return failed(&Error{Class: BadRequest, Err: ownError(err)})
	}
	m.wire.authorize(req.Header)
	nameAndPassword(req)
	resp, err := m.base.RoundTrip(req)
	if err != nil {
		return failed(classify(ctx, run, err, false))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxErrorBody)
	if resp.StatusCode != http.StatusOK {
		return failed(&Error{Class: classOfStatus(resp.StatusCode), Status: resp.StatusCode})
	}
	return nil
}
