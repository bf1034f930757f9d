package handoff_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"switchboard"
	"switchboard/fallback/handoff"
)

// TestSecondAnswer: an answer that comes again on the same connection, once another request could be waiting there, is not
// the answer to that one.
func TestSecondAnswer(t *testing.T) {
	gone := make(chan struct{})
	twice := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		const answer = "HTTP/1.1 204 No Content\r\n\r\n"
		_, _ = io.WriteString(conn, answer)
		go func() {
			defer close(gone)
			defer conn.Close() //nolint:errcheck // the test is over
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if n, _ := conn.Read(make([]byte, 1)); n > 0 {
				t.Error("the connection was used again")
			}
			_, _ = io.WriteString(conn, answer)
		}()
	}
	d := newDesk(t, twice)
	dispatcher := d.dispatcher(func(c *handoff.Config) { c.Client = nil })
	if got := dispatcher.DeliverNow(t.Context(), d.request(1), long); got != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", got)
	}
	d.answers(status(http.StatusInternalServerError))
	if got := dispatcher.DeliverNow(t.Context(), d.request(2), long); got != switchboard.HandoffRequested {
		t.Errorf("the second request: state %s, want requested", got)
	}
	<-gone
}
