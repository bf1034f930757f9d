package drill

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// deskSecret signs what the gateway sends to the desk.
const deskSecret = "whsec_ZHJpbGxkcmlsbGRyaWxsZHJpbGxkcmlsbGRyaWxs" //nolint:gosec // of the drill

// beyondWait is longer than a turn waits for an acknowledgement, and shorter than a try lasts.
const beyondWait = 2500 * time.Millisecond

// deskModes are what a desk does, in turns of a few requests, while it is not well. What it has taken it never refuses.
var deskModes = []string{
	"well", "500", "well", "429", "dropped", "well", "lost", "twice", "well", "late", "well", "refused", "well", "slow",
	"500", "well", "twice", "lost", "well",
}

// deskTurn is how many requests one mode lasts.
const deskTurn = 5

// desk is a support team's system behind a Standard Webhooks receiver. By turns it is well, says 500 or 429, drops the
// connection before or after it has taken the request, answers twice, late or not in time, and refuses; and its port can
// be closed.
type desk struct {
	url      string
	address  string
	verifier *webhooks.Webhook
	well     atomic.Bool

	mu       sync.Mutex
	server   *http.Server
	listener net.Listener
	requests int
	modes    map[string]int             // requests by what was done to them
	taken    map[string]string          // conversation, by webhook-id: it was taken, whether that was answered or not
	answered map[string]bool            // webhook-ids that a 2xx has been written for
	ids      map[string]map[string]bool // webhook-ids, by reference
	again    int                        // requests under an id that was taken
	forged   int                        // requests that were not signed, or not by the gateway
	strays   sync.WaitGroup             // answers that are written later
}

func newDesk() (*desk, error) {
	verifier, err := webhooks.NewWebhook(deskSecret)
	if err != nil {
		return nil, err
	}
	d := &desk{
		verifier: verifier, modes: map[string]int{}, taken: map[string]string{},
		answered: map[string]bool{}, ids: map[string]map[string]bool{},
	}
	// A port that is closed for a while must not be given to somebody's outgoing connection: those come from 32768 on.
	for range 20 {
		d.address = fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(12000))
		if err = d.open(); err == nil {
			break
		}
	}
	return d, err
}

// open opens the port, the same one again.
func (d *desk) open() error {
	l, err := net.Listen("tcp", d.address) //nolint:noctx // it is closed by close
	if err != nil {
		return fmt.Errorf("open the desk: %w", err)
	}
	d.url = "http://" + d.address + "/hook"
	server := &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}
	d.mu.Lock()
	d.server, d.listener = server, l
	d.mu.Unlock()
	go func() { _ = server.Serve(l) }() // it ends with an error when it is closed
	return nil
}

// close closes the port and every connection.
func (d *desk) close() error {
	d.mu.Lock()
	server, listener := d.server, d.listener
	d.mu.Unlock()
	_ = listener.Close() // the server may not have come to know it yet, or may have closed it
	_ = server.Close()
	return nil
}

// ServeHTTP implements http.Handler.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the gateway was killed
	}
	id := r.Header.Get(webhooks.HeaderWebhookID)
	var in struct {
		Data struct {
			Reference    string `json:"reference"`
			Conversation string `json:"conversation_id"`
		} `json:"data"`
	}
	if err := errors.Join(d.verifier.Verify(body, r.Header), json.Unmarshal(body, &in)); err != nil || id == "" {
		d.mu.Lock()
		d.forged++
		d.mu.Unlock()
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	d.do(w, r, d.mode(id, in.Data.Reference), id, in.Data.Conversation)
}

// mode says what is done to a request.
func (d *desk) mode(id, reference string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids[reference] == nil {
		d.ids[reference] = map[string]bool{}
	}
	d.ids[reference][id] = true
	mode := deskModes[d.requests/deskTurn%len(deskModes)]
	d.requests++
	_, has := d.taken[id]
	if has {
		d.again++
	}
	if d.well.Load() || has && mode == "refused" {
		mode = "well"
	}
	d.modes[mode]++
	return mode
}

// take records that the request is here for good.
func (d *desk) take(id, conversation string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken[id] = conversation
}

// accept records that a 2xx is about to be written, so whoever has heard of it finds it here.
func (d *desk) accept(id, conversation string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken[id] = conversation
	d.answered[id] = true
}

func (d *desk) hasAnswered(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answered[id]
}

func (d *desk) do(w http.ResponseWriter, r *http.Request, mode, id, conversation string) {
	switch mode {
	case "500":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusInternalServerError)
	case "429":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case "refused":
		w.WriteHeader(http.StatusUnprocessableEntity)
	case "dropped":
		panic(http.ErrAbortHandler)
	case "lost":
		d.take(id, conversation)
		panic(http.ErrAbortHandler)
	case "twice":
		d.accept(id, conversation)
		d.twice(w)
	case "slow":
		d.take(id, conversation)
		select { // the answer is for nobody where the gateway has gone away
		case <-time.After(beyondWait):
			d.accept(id, conversation)
			w.WriteHeader(http.StatusAccepted)
		case <-r.Context().Done():
		}
	case "late":
		time.Sleep(50 * time.Millisecond)
		fallthrough
	default:
		d.accept(id, conversation)
		w.WriteHeader(http.StatusNoContent)
	}
}

// twice answers, and a little later answers again on the same connection: a client that has asked something else there by
// then is not to take it for the answer to that.
func (d *desk) twice(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	const answer = "HTTP/1.1 204 No Content\r\n\r\n"
	_, _ = io.WriteString(conn, answer) // a gateway that was killed hears nothing
	d.strays.Go(func() {
		defer conn.Close()
		// The next request may come on this connection: it is read and not taken.
		_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		_, _ = conn.Read(make([]byte, 1))
		_, _ = io.WriteString(conn, answer)
	})
}

// tally is what the desk has, when all is over.
func (d *desk) tally(r *HandoffReport) {
	d.strays.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	r.Requests, r.Again, r.Forged, r.Taken = d.requests, d.again, d.forged, len(d.taken)
	for mode, n := range d.modes {
		r.Modes = append(r.Modes, Count{mode, n})
	}
	slices.SortFunc(r.Modes, func(a, b Count) int { return b.N - a.N })
	for reference, ids := range d.ids {
		if len(ids) > 1 || !ids[reference] {
			r.Doubled = append(r.Doubled, fmt.Sprintf("%s was sent under %d ids", reference, len(ids)))
		}
	}
}
