package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"switchboard"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm/llmtest"
)

// Handoff has customers ask for a person while the support team's system does everything wrong that such systems do, and
// while the gateway is killed with SIGKILL. In the end the system is well, and what it has is held against what customers
// were told and against the ledger.
type Handoff struct {
	Rig
	Runs   int // conversations that ask for a person
	Kills  int // of the gateway, spread over them
	AtOnce int // customers
}

// Count is how often something was.
type Count struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

// HandoffReport is what came of it.
type HandoffReport struct {
	Runs     int           `json:"runs"`
	Kills    int           `json:"kills"`
	Took     time.Duration `json:"took"`
	Told     []Count       `json:"told"`     // answers to customers, by state
	Broken   int           `json:"broken"`   // requests whose answer the customer did not see
	Recorded int           `json:"recorded"` // handoffs in the ledger
	Requests int           `json:"requests"` // that the support team's system has seen
	Again    int           `json:"again"`    // of them, under an id that it had
	Taken    int           `json:"taken"`    // different ids that it has
	Forged   int           `json:"forged"`   // unsigned
	Modes    []Count       `json:"modes"`    // what it did
	// What must not be.
	Lost      []string `json:"lost"`      // recorded, or told to a customer, and never taken
	Doubled   []string `json:"doubled"`   // two ids for one request, or two requests under way for one conversation
	Announced []string `json:"announced"` // a person was promised before the other side had said yes
	Wrong     []string `json:"wrong"`
}

// drainWithin is how long the queue may take to run empty once the other side is well: a claim of a killed gateway is free
// again after a minute.
const drainWithin = 4 * time.Minute

// told is what one customer was told once.
type told struct {
	conversation string
	handoff      switchboard.Handoff
	text         string
	early        bool // acknowledged, where the other side had not said so
}

// Run runs the drill.
func (h Handoff) Run(ctx context.Context) (r HandoffReport, err error) {
	began := time.Now()
	desk, err := newDesk()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, desk.close()) }()
	secret := filepath.Join(h.Dir, "desk.secret")
	if err := os.WriteFile(secret, []byte(deskSecret), 0o600); err != nil {
		return r, err
	}
	reply := func(c llmtest.Call) llmtest.Script { return speak(c) }
	w, err := h.start(ctx, deadlines{20 * time.Second, 20 * time.Second, time.Minute}, reply, reply, fmt.Sprintf(
		"limits: {messages: {burst: 100000, per: 1m}, requests: {burst: 1000000, per: 1m}}\n"+
			"handoff: {webhook: {url: %q, secret_file: %q}, retry: {first: 200ms, most: 2s}}\n", desk.url, secret))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	a := &appeal{Handoff: h, rig: w, desk: desk}
	if err := a.run(ctx, &r); err != nil {
		return r, err
	}
	h.say("all %d have asked; the queue is to run empty", h.Runs)
	if err := a.finish(ctx); err != nil {
		return r, err
	}
	desk.tally(&r)
	if err := a.compare(ctx, &r); err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	r.judge()
	return r, ctx.Err()
}

// appeal is the drill under way.
type appeal struct {
	Handoff

	rig  *rig
	desk *desk
	up   sync.RWMutex // held for writing while the gateway is away

	mu     sync.Mutex
	told   []told
	broken int
}

// run has all customers ask, and kills the gateway and closes the desk's port as they come along.
func (a *appeal) run(ctx context.Context, r *HandoffReport) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	turns := make(chan int, a.AtOnce)
	var customers sync.WaitGroup
	for range a.AtOnce {
		customers.Go(func() {
			for n := range turns {
				a.customer(ctx, n)
			}
		})
	}
	defer customers.Wait()
	defer close(turns)
	every := max(a.Runs/max(a.Kills, 1), 1)
	for n := range a.Runs {
		select {
		case turns <- n:
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		switch {
		case n%every == every/2 && r.Kills < a.Kills:
			r.Kills++
			err = a.restart(ctx)
		case n%40 == 20:
			err = a.desk.close()
		case n%40 == 30:
			err = a.desk.open()
		}
		if err != nil {
			return err
		}
		if r.Runs = n + 1; r.Runs%1000 == 0 {
			a.say("%d have asked, %d kills", r.Runs, r.Kills)
		}
	}
	if a.Runs%40 > 20 && a.Runs%40 <= 30 {
		return a.desk.open()
	}
	return nil
}

// restart kills the gateway, with everything under way, and starts it again.
func (a *appeal) restart(ctx context.Context) error {
	a.rig.gateway.Kill()
	a.up.Lock() // those under way have failed
	defer a.up.Unlock()
	a.rig.customer.Close()
	return a.rig.gateway.Start(ctx, "")
}

// customer is one conversation that asks for a person: in words, by the button, by both at once, or twice.
func (a *appeal) customer(ctx context.Context, n int) {
	var conv Conversation
	for err := errNotYet; err != nil; { // a gateway that is away comes back
		if ctx.Err() != nil {
			return
		}
		err = a.whileUp(func() (err error) { conv, err = a.rig.customer.Open(ctx); return err })
	}
	words := func() { a.ask(ctx, conv, n, a.words) }
	button := func() { a.ask(ctx, conv, n, a.button) }
	switch n % 5 {
	case 0, 1:
		words()
	case 2:
		button()
	case 3:
		var both sync.WaitGroup
		both.Go(words)
		both.Go(button)
		both.Wait()
	case 4:
		button()
		words()
	}
}

// mostTries is how often a customer asks whose request breaks off: a gateway that was killed is back by the second.
const mostTries = 10

var errNotYet = errors.New("not yet")

// whileUp does something that a kill may break off, but does not begin it while the gateway is away.
func (a *appeal) whileUp(do func() error) error {
	a.up.RLock()
	defer a.up.RUnlock()
	return do()
}

// ask asks once. A customer whose request broke off asks again in half of all cases, and is never heard of again in the
// others.
func (a *appeal) ask(ctx context.Context, conv Conversation, n int, by func(context.Context, Conversation, int) (told, error)) {
	for try := range mostTries {
		var t told
		err := a.whileUp(func() (err error) { t, err = by(ctx, conv, n); return err })
		if err == nil {
			t.conversation = conv.ID
			t.early = t.handoff.State == switchboard.HandoffAcknowledged && !a.desk.hasAnswered(t.handoff.Reference)
			a.mu.Lock()
			a.told = append(a.told, t)
			a.mu.Unlock()
			return
		}
		a.mu.Lock()
		a.broken++
		a.mu.Unlock()
		if n%2 == 0 || ctx.Err() != nil {
			return
		}
		_ = sleep(ctx, 20*time.Millisecond) // the next try finds out that the drill is over
		if try == mostTries-1 {
			a.say("a customer could not ask: %v", err)
		}
	}
}

func (a *appeal) words(ctx context.Context, conv Conversation, n int) (told, error) {
	r, err := a.rig.customer.Ask(ctx, conv, Message{Text: "I want to talk to a person", ClientID: fmt.Sprint("message-", n)})
	if err == nil && (!r.Whole() || r.Failed != "" || r.Answer.Handoff == nil) {
		err = fmt.Errorf("asked for a person: status %d, %q", r.Status, r.Failed)
	}
	if err != nil {
		return told{}, err
	}
	return told{handoff: *r.Answer.Handoff, text: r.Text}, nil
}

func (a *appeal) button(ctx context.Context, conv Conversation, _ int) (told, error) {
	resp, err := a.rig.customer.send(ctx, http.MethodPost, "/v1/conversations/"+conv.ID+"/handoff", conv.Token, "application/json", []byte("{}"))
	if err != nil {
		return told{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return told{}, fmt.Errorf("asked for a person: status %d", resp.StatusCode)
	}
	var t told
	return t, json.NewDecoder(resp.Body).Decode(&t.handoff)
}

// finish lets the other side be well, has what it refused delivered again as an operator would, and waits until the queue is
// empty.
func (a *appeal) finish(ctx context.Context) error {
	a.desk.well.Store(true)
	if err := a.drained(ctx); err != nil {
		return err
	}
	return a.offline(ctx, func(l *ledger.Ledger) error {
		queued, err := a.again(ctx, l)
		a.say("%d that were refused are delivered again", queued)
		return err
	}, a.drained)
}

// offline stops the gateway, since a SQLite file is written by one, and starts it again for what is left to do.
func (a *appeal) offline(ctx context.Context, do func(*ledger.Ledger) error, then func(context.Context) error) error {
	if err := a.rig.gateway.Stop(); err != nil {
		return err
	}
	if err := a.withLedger(ctx, do); err != nil {
		return err
	}
	if err := a.rig.gateway.Start(ctx, ""); err != nil {
		return err
	}
	a.rig.customer.Close()
	return then(ctx)
}

func (a *appeal) withLedger(ctx context.Context, do func(*ledger.Ledger) error) (err error) {
	url := a.Database
	if url == "" {
		url = a.rig.gateway.Ledger()
	}
	l, err := ledger.Open(ctx, url, ledger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return do(l)
}

// again queues what was given up. Where the customer has asked again meanwhile, that request counts.
func (a *appeal) again(ctx context.Context, l *ledger.Ledger) (queued int, err error) {
	for h, err := range all(ctx, l) {
		if err != nil {
			return queued, err
		}
		if h.State != switchboard.HandoffFailed {
			continue
		}
		n, err := l.RetryHandoff(ctx, h.Reference)
		if err != nil && !errors.Is(err, switchboard.Conflict) {
			return queued, err
		}
		queued += n
	}
	return queued, nil
}

// all are all handoffs of a ledger.
func all(ctx context.Context, l *ledger.Ledger) func(func(switchboard.HandoffRequest, error) bool) {
	return func(yield func(switchboard.HandoffRequest, error) bool) {
		f := ledger.HandoffFilter{Limit: 1000}
		for {
			page, next, err := l.Handoffs(ctx, f)
			for _, h := range page {
				if !yield(h, nil) {
					return
				}
			}
			if err != nil && !yield(switchboard.HandoffRequest{}, err) || next == "" {
				return
			}
			f.Cursor = next
		}
	}
}

// drained waits until nothing is left to deliver.
func (a *appeal) drained(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainWithin)
	defer cancel()
	for {
		series, err := a.rig.metrics(ctx)
		if err != nil {
			return err
		}
		if n, known := series["switchboard_outbox_pending"]; known && n == 0 {
			return nil
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("%.0f deliveries are still queued: %w", series["switchboard_outbox_pending"], err)
		}
	}
}

// compare holds the ledger and what customers were told against what the other side has.
func (a *appeal) compare(ctx context.Context, r *HandoffReport) error {
	if err := a.rig.gateway.Stop(); err != nil {
		return err
	}
	recorded := map[string]switchboard.HandoffRequest{}
	err := a.withLedger(ctx, func(l *ledger.Ledger) error {
		for h, err := range all(ctx, l) {
			if err != nil {
				return err
			}
			recorded[h.Reference] = h
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Recorded = len(recorded)
	r.lost(a.desk, recorded, a.told)
	r.doubled(a.desk, recorded)
	r.announced(a.told)
	r.Broken = a.broken
	return nil
}

// lost looks for requests that never came through.
func (r *HandoffReport) lost(d *desk, recorded map[string]switchboard.HandoffRequest, heard []told) {
	through := map[string]bool{} // conversations
	for _, conversation := range d.taken {
		through[conversation] = true
	}
	for reference, h := range recorded {
		switch _, taken := d.taken[reference]; {
		case h.State == switchboard.HandoffAcknowledged && !d.answered[reference]:
			r.Lost = append(r.Lost, reference+" is acknowledged by nobody")
		case h.State == switchboard.HandoffRequested:
			r.Lost = append(r.Lost, reference+" is still requested")
		case !taken && !through[h.ConversationID]:
			r.Lost = append(r.Lost, reference+" was never taken")
		}
	}
	for reference := range d.taken {
		if _, known := recorded[reference]; !known {
			r.Lost = append(r.Lost, reference+" was taken and is in no ledger")
		}
	}
	for _, t := range heard {
		h, known := recorded[t.handoff.Reference]
		switch {
		case t.handoff.State == switchboard.HandoffFailed && t.handoff.Reference == "": // nothing was recorded, and it was said
		case !known || h.ConversationID != t.conversation:
			r.Lost = append(r.Lost, t.handoff.Reference+" was told as "+string(t.handoff.State)+" and is in no ledger")
		}
	}
}

// doubled looks for conversations that have two requests under way, or that the other side has two of.
func (r *HandoffReport) doubled(d *desk, recorded map[string]switchboard.HandoffRequest) {
	open, taken := map[string]string{}, map[string]string{}
	for reference, h := range recorded {
		if h.State == switchboard.HandoffFailed {
			continue
		}
		if other := open[h.ConversationID]; other != "" {
			r.Doubled = append(r.Doubled, other+" and "+reference+" are open for one conversation")
		}
		open[h.ConversationID] = reference
	}
	for reference, conversation := range d.taken {
		if other := taken[conversation]; other != "" {
			r.Doubled = append(r.Doubled, other+" and "+reference+" were taken for one conversation")
		}
		taken[conversation] = reference
	}
}

// promise are the words that promise a person.
const promise = "Our team has confirmed"

// announced looks for promises that nobody had given.
func (r *HandoffReport) announced(heard []told) {
	times := map[switchboard.HandoffState]int{}
	for _, t := range heard {
		times[t.handoff.State]++
		switch promised := strings.Contains(t.text, promise) || strings.Contains(t.text, "A person will"); {
		case t.early:
			r.Announced = append(r.Announced, t.handoff.Reference+" was told as acknowledged too early")
		case promised && t.handoff.State != switchboard.HandoffAcknowledged:
			r.Announced = append(r.Announced, t.handoff.Reference+" was promised while "+string(t.handoff.State))
		}
	}
	for _, s := range []switchboard.HandoffState{switchboard.HandoffAcknowledged, switchboard.HandoffRequested, switchboard.HandoffFailed} {
		r.Told = append(r.Told, Count{string(s), times[s]})
	}
}

func (r *HandoffReport) judge() {
	for _, found := range [][]string{r.Lost, r.Doubled, r.Announced} {
		r.Wrong = append(r.Wrong, found[:min(len(found), 10)]...)
	}
	if r.Forged > 0 {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%d requests were not signed as they should be", r.Forged))
	}
	if r.Again == 0 || r.Kills > 0 && r.Broken == 0 {
		r.Wrong = append(r.Wrong, "no kill met a request, or no request came twice: nothing was tried")
	}
}

// Print prints the report.
func (r HandoffReport) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d conversations asked for a person, %d kills, in %s\n"+
		"  customers were told: %s; %d requests broke off\n"+
		"  the other side saw %d requests, %d of them under an id that it had: %s\n"+
		"  in the ledger %d handoffs, taken %d\n"+
		"  lost %d, doubled %d, announced too early %d\n",
		r.Runs, r.Kills, r.Took.Round(time.Second), counts(r.Told), r.Broken, r.Requests, r.Again, counts(r.Modes),
		r.Recorded, r.Taken, len(r.Lost), len(r.Doubled), len(r.Announced))
	return printWrong(w, r.Wrong, err)
}

func counts(list []Count) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = fmt.Sprintf("%s %d", c.What, c.N)
	}
	return strings.Join(parts, ", ")
}
