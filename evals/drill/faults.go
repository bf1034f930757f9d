package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"switchboard"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm/llmtest"
)

// The deadlines of the models in the drill: short, so that it does not take long, and long enough for a busy machine.
const (
	firstTokenTimeout = time.Second
	idleTimeout       = time.Second
	modelTimeout      = 3 * time.Second
	// turnTimeout is the turn's own deadline: shorter than that of two models together.
	turnTimeout = 5 * time.Second
	// turnWithin is by when a turn must be over, on a busy machine.
	turnWithin = turnTimeout + 2*time.Second
)

// callsPerTurn is how often one model may be asked in a turn.
const callsPerTurn = 2

// situation is what surrounds a fault.
type situation struct {
	name   string
	face   Face
	shown  int                               // sentences that the customer has seen when the fault comes
	backup func(llmtest.Call) llmtest.Script // nil: it has the same fault
}

var situations = []situation{
	{"backup well", Widget, 0, speak},
	{"backup well", OpenAI, 0, speak},
	{"both", Widget, 0, nil},
	{"both", OpenAIWhole, 0, nil},
	{"after a sentence", Widget, 1, speak},
	{"after a sentence", OpenAI, 1, speak},
	{"after a sentence, backup begins again", Widget, 1, repeat},
	{"after a sentence, both", Widget, 1, nil},
}

// Row is one fault in one situation, and what came of it.
type Row struct {
	Fault     string             `json:"fault"`
	Situation string             `json:"situation"`
	Face      Face               `json:"face"`
	Action    switchboard.Action `json:"action"`
	Reason    switchboard.Reason `json:"reason"`
	Words     string             `json:"words"`    // the first of the reply
	First     time.Duration      `json:"first"`    // until the first sentence
	Total     time.Duration      `json:"total"`    // until the end
	Handover  time.Duration      `json:"handover"` // from the end of the primary's call to the backup's; 0 where unknown
	Cancel    time.Duration      `json:"cancel"`   // from when the customer left to the end of the upstream's call; 0 where nobody leaves
	Calls     map[string]int     `json:"calls"`    // by model; connections where it does not come to calls
	Outcomes  []string           `json:"outcomes"` // recorded, as "model outcome"
	CostUSD   float64            `json:"cost_usd"`
	Wrong     []string           `json:"wrong"` // what a customer or an operator would complain of
}

// OK reports whether nobody would complain.
func (r Row) OK() bool { return len(r.Wrong) == 0 }

// FaultRun drives faults through gateways.
type FaultRun struct {
	Binary   string    // of the gateway
	Dir      string    // an empty folder for the gateways' files
	Gateways int       // processes at once; 0 is 10
	Faults   []Fault   // nil is all
	Done     func(Row) // told each row as it ends; may be nil
}

// Run returns a row for every fault and situation, in the table's order. An error means that the drill itself failed.
func (f FaultRun) Run(ctx context.Context) ([]Row, error) {
	if f.Gateways <= 0 {
		f.Gateways = 10
	}
	if f.Faults == nil {
		f.Faults = Faults()
	}
	jobs := f.jobs()
	rows := make([]Row, len(jobs))
	next := make(chan int)
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(next)
		for i := range jobs {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for n := range min(f.Gateways, len(jobs)) {
		g.Go(func() error {
			return f.work(ctx, n, func(s *stage) error {
				for i := range next {
					row, err := s.replay(ctx, jobs[i])
					if err != nil {
						return fmt.Errorf("%s, %s: %w", row.Fault, row.Situation, err)
					}
					mu.Lock()
					rows[i] = row
					if f.Done != nil {
						f.Done(row)
					}
					mu.Unlock()
				}
				return nil
			})
		})
	}
	return rows, g.Wait()
}

// job is a fault in a situation.
type job struct {
	fault Fault
	situation
	leaves bool // the customer, after the first words
}

func (f FaultRun) jobs() (jobs []job) {
	for _, fault := range f.Faults {
		for _, s := range situations {
			if (s.shown > 0) == (fault.Mid != nil) || s.shown == 0 {
				jobs = append(jobs, job{fault: fault, situation: s})
			}
		}
	}
	for _, face := range []Face{Widget, OpenAI} {
		jobs = append(jobs, job{
			fault:     Fault{Name: "the customer leaves", Mid: stall(), Outcomes: is("cancelled")},
			situation: situation{"after a sentence", face, 1, speak}, leaves: true,
		})
	}
	return jobs
}

// stage is a running gateway with its customer and a view of its ledger.
type stage struct {
	gateway  *Gateway
	customer *Customer
	ledger   *ledger.Ledger
	played   int
}

// work runs do with gateway n.
func (f FaultRun) work(ctx context.Context, n int, do func(*stage) error) (err error) {
	dir := filepath.Join(f.Dir, fmt.Sprint("gateway-", n))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	s := &stage{gateway: NewGateway(f.Binary, dir)}
	if err := s.gateway.Start(ctx, baseConfig()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.gateway.Stop()) }()
	s.customer = NewCustomer(s.gateway.URL)
	defer s.customer.Close()
	if s.ledger, err = ledger.Open(ctx, s.gateway.Ledger(), ledger.Options{}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.ledger.Close()) }()
	return do(s)
}

// replay plays a job, and again, twice at most, where it went badly and a deadline ran out: on a busy machine that may be
// the machine's fault and says nothing about the gateway.
func (s *stage) replay(ctx context.Context, j job) (row Row, err error) {
	for range 3 {
		s.played++
		if row, err = s.play(ctx, s.played, j); err != nil || row.OK() || !row.ranOut() {
			break
		}
	}
	return row, err
}

// ranOut reports whether a call was recorded as too slow.
func (r *Row) ranOut() bool {
	return slices.ContainsFunc(r.Outcomes, func(o string) bool { return strings.Contains(o, " timeout") })
}

// play puts the job's upstreams behind the gateway, asks, and looks at what came.
func (s *stage) play(ctx context.Context, n int, j job) (Row, error) {
	row := Row{Fault: j.fault.Name, Situation: j.name, Face: j.face}
	primary, err := j.fault.start(j.shown > 0)
	if err != nil {
		return row, err
	}
	defer primary.close()
	backup := upstream{}
	if j.backup != nil {
		backup = well(j.backup)
	} else if backup, err = j.fault.start(false); err != nil {
		return row, err
	}
	defer backup.close()
	from := s.gateway.log.Len()
	if err := s.gateway.Configure(ctx, configOf(n, primary.url, backup.url)); err != nil {
		return row, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*turnWithin)
	defer cancel()
	began := time.Now()
	conv, reply, err := s.ask(ctx, j)
	if err != nil && !(j.leaves && errors.Is(err, errLeft)) {
		row.Wrong = append(row.Wrong, "the connection: "+err.Error())
	}
	row.took(reply)
	turn, err := s.recorded(ctx, began, conv, reply)
	if err != nil {
		row.Wrong = append(row.Wrong, err.Error())
	}
	if j.leaves {
		row.checkLeft(ctx, began.Add(reply.Total), primary, turn)
	} else {
		row.checkReply(j, reply)
		row.checkRecord(reply, turn)
	}
	row.checkCalls(j, primary, backup, turn)
	log, _ := s.gateway.log.from(from)
	for where, text := range map[string]string{"reply": reply.Raw, "log": log} {
		if containsAny(text, []string{leak, "the stub says"}) {
			row.Wrong = append(row.Wrong, "the "+where+" holds what the upstream said")
		}
	}
	if strings.Contains(log, question) {
		row.Wrong = append(row.Wrong, "the log holds what the customer asked")
	}
	return row, nil
}

// baseConfig is what stays the same: limits are the server's, and change only with a restart.
func baseConfig() string {
	return fmt.Sprintf("log: {level: debug}\nlimits: {queue_wait: 1s, turn_timeout: %s}\n", turnTimeout)
}

// configOf is a configuration with two models. Their names are new each time, so that nothing is known about them.
func configOf(n int, primary, backup string) string {
	model := func(name, url string) string {
		return fmt.Sprintf("  - {name: %s-%d, base_url: %q, model: stub, first_token_timeout: %s, idle_timeout: %s, timeout: %s, "+
			"price: {input: 1, output: 2}}\n", name, n, url, firstTokenTimeout, idleTimeout, modelTimeout)
	}
	return baseConfig() + "models:\n" + model("primary", primary) + model("backup", backup) +
		fmt.Sprintf("chain: [primary-%d, backup-%d]\n", n, n)
}

// ask asks the question as the job's face does.
func (s *stage) ask(ctx context.Context, j job) (conv Conversation, r Reply, err error) {
	m := Message{Text: question}
	if j.leaves {
		m.Hear = func(string) error { return errLeft }
	}
	switch j.face {
	case Widget:
		if conv, err = s.customer.Open(ctx); err == nil {
			r, err = s.customer.Ask(ctx, conv, m)
		}
	default:
		r, err = s.customer.Chat(ctx, j.face == OpenAI, m)
		conv.ID = r.Answer.ConversationID
	}
	return conv, r, err
}

// took notes what the customer saw.
func (r *Row) took(reply Reply) {
	r.Action, r.Reason = reply.Answer.Action, reply.Answer.Reason
	r.Words = plain(reply.Text)
	r.First, r.Total = reply.First, reply.Total
}

// checkReply holds the reply against what a customer may expect.
func (r *Row) checkReply(j job, reply Reply) {
	wrong := func(bad bool, what string, args ...any) {
		if bad {
			r.Wrong = append(r.Wrong, fmt.Sprintf(what, args...))
		}
	}
	wrong(!reply.Whole(), "the reply does not end properly: status %d, finish %t, [DONE] %t", reply.Status, reply.Finished, reply.Done)
	wrong(reply.Failed != "", "an error is shown: %s", reply.Failed)
	wrong(reply.Total > turnWithin, "it took %s", reply.Total)
	wrong(strings.TrimSpace(reply.Text) == "", "nothing is said")
	wrong(j.face == Widget && strings.TrimSpace(reply.Text) != reply.Answer.Text, "streamed %q, the message is %q", reply.Text, reply.Answer.Text)
	wanted := switchboard.ActionDegraded
	if j.fault.Fine || j.backup != nil && !j.fault.Ends {
		wanted = switchboard.ActionAnswer
	}
	wrong(reply.Answer.Action != wanted && !(j.fault.Ends && reply.Answer.Action == switchboard.ActionAnswer),
		"the action is %q, not %q", reply.Answer.Action, wanted)
	r.Wrong = append(r.Wrong, checkText(reply, j.shown)...)
}

// recorded finds the turn in the ledger, and in the transcript as its customer reads it.
func (s *stage) recorded(ctx context.Context, began time.Time, conv Conversation, reply Reply) (switchboard.Turn, error) {
	if conv.ID == "" { // one who left the other face was not told its id
		id, err := s.latest(ctx, began)
		if err != nil {
			return switchboard.Turn{}, err
		}
		conv.ID = id
	}
	var turns []switchboard.Turn
	for { // who leaves does not see when the turn is recorded
		c, err := s.ledger.Transcript(ctx, conv.ID)
		if err != nil && ctx.Err() == nil && reply.Done {
			return switchboard.Turn{}, fmt.Errorf("read the ledger: %w", err)
		}
		if turns = c.Turns; len(turns) > 0 || reply.Done || ctx.Err() != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(turns) != 1 {
		return switchboard.Turn{}, fmt.Errorf("the turn is recorded %d times", len(turns))
	}
	if conv.Token == "" || !reply.Done {
		return turns[0], nil
	}
	seen, err := s.customer.Transcript(ctx, conv)
	switch {
	case err != nil:
		return turns[0], err
	case len(seen) != 1 || seen[0].ID != reply.Answer.ID || seen[0].Text != reply.Answer.Text || seen[0].Action != reply.Answer.Action:
		return turns[0], errors.New("the transcript is not what the customer was told")
	}
	return turns[0], nil
}

// latest waits for a conversation that was opened since began, and returns its id.
func (s *stage) latest(ctx context.Context, began time.Time) (string, error) {
	for {
		recent, _, err := s.ledger.Conversations(ctx, ledger.Filter{Since: began, Limit: 1})
		switch {
		case err != nil:
			return "", fmt.Errorf("read the ledger: %w", err)
		case len(recent) > 0:
			return recent[0].ID, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// checkRecord holds what is recorded against what the customer saw.
func (r *Row) checkRecord(reply Reply, turn switchboard.Turn) {
	a := turn.Answer
	if turn.ID == "" {
		return // said already
	}
	if a.ID != reply.Answer.ID || a.Action != reply.Answer.Action || a.Reason != reply.Answer.Reason || plain(a.Text) != plain(reply.Text) {
		r.Wrong = append(r.Wrong, "recorded is another reply than the one that was told")
	}
	var cost switchboard.Money
	for _, x := range turn.Attempts {
		cost += x.Cost
		if x.OutputTokens > 0 && x.Cost == 0 {
			r.Wrong = append(r.Wrong, "an attempt with tokens has no cost: "+x.Model)
		}
	}
	if a.Usage.CostUSD != cost.USD() {
		r.Wrong = append(r.Wrong, fmt.Sprintf("the turn costs %g, its attempts %g", a.Usage.CostUSD, cost.USD()))
	}
}

// checkCalls holds the upstreams' calls against the bounds and the recorded attempts.
func (r *Row) checkCalls(j job, primary, backup upstream, turn switchboard.Turn) {
	attempts := map[string]int{}
	for _, x := range turn.Attempts {
		name, _, _ := strings.Cut(x.Model, "-")
		attempts[name]++
		r.Outcomes = append(r.Outcomes, name+" "+x.Outcome)
		if name == "primary" && !slices.Contains(j.fault.Outcomes, x.Outcome) {
			r.Wrong = append(r.Wrong, fmt.Sprintf("recorded as %q, not %s", x.Outcome, strings.Join(j.fault.Outcomes, " or ")))
		}
	}
	r.CostUSD = turn.Answer.Usage.CostUSD
	r.Calls = map[string]int{"primary": primary.count(), "backup": backup.count()}
	for name, u := range map[string]upstream{"primary": primary, "backup": backup} {
		if n := u.count(); n > callsPerTurn {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s was called %d times", name, n))
		} else if u.calls != nil && n != attempts[name] {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%d calls of %s, %d are recorded", n, name, attempts[name]))
		}
	}
	if primary.calls != nil && backup.calls != nil {
		if p, b := primary.calls(), backup.calls(); len(p) > 0 && len(b) > 0 && !p[len(p)-1].Ended.IsZero() {
			r.Handover = max(0, b[0].At.Sub(p[len(p)-1].Ended))
		}
	}
}

// checkLeft looks at what became of a turn whose customer has left.
func (r *Row) checkLeft(ctx context.Context, left time.Time, primary upstream, turn switchboard.Turn) {
	for ctx.Err() == nil && time.Since(left) < turnWithin {
		if calls := primary.calls(); len(calls) > 0 && !calls[0].Ended.IsZero() {
			r.Cancel = max(calls[0].Ended.Sub(left), time.Microsecond)
			if !calls[0].Left {
				r.Wrong = append(r.Wrong, "the upstream's call was not cancelled")
			}
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	a := turn.Answer
	r.Action, r.Reason = a.Action, a.Reason
	switch {
	case a.Reason != switchboard.ReasonCustomerLeft:
		r.Wrong = append(r.Wrong, fmt.Sprintf("the reason is %q", a.Reason))
	case !strings.HasPrefix(plain(a.Text), sentences[0]):
		r.Wrong = append(r.Wrong, "what was said is not recorded: "+a.Text)
	case a.Usage.CostUSD == 0:
		r.Wrong = append(r.Wrong, "what it cost is not recorded")
	}
}
