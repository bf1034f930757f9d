package quota_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm"
	"switchboard/gateway/quota"
	"switchboard/gateway/session"
	"switchboard/gateway/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Run(m)) }

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// noon is in the month that fits the tests' ledgers.
func noon() *clock { return &clock{time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)} }

// meter counts what was denied.
type meter struct {
	mu     sync.Mutex
	denied map[string]int
}

func (m *meter) BudgetDenied(limit string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.denied == nil {
		m.denied = map[string]int{}
	}
	m.denied[limit]++
}

// spent is a ledger's spend of one month; another has none.
type spent struct {
	month string
	rows  []switchboard.Spend
	err   error
}

func (s *spent) Spend(_ context.Context, month string) ([]switchboard.Spend, error) {
	if month != s.month {
		return nil, s.err
	}
	return s.rows, s.err
}

func nothingSpent() *spent { return &spent{} }

func openLedger(t testing.TB, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), "sqlite://"+path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func estimate(key, conversation, model string, tokens int, cost switchboard.Money) llm.Estimate {
	return llm.Estimate{
		Model: model, Account: llm.Account{Key: key, Conversation: conversation}, Tokens: tokens, Cost: cost,
	}
}

func used(tokens int, cost switchboard.Money) switchboard.Attempt {
	return switchboard.Attempt{InputTokens: tokens / 2, OutputTokens: tokens - tokens/2, Cost: cost}
}

// denied is the limit's name, "" where the attempt is allowed; that is settled at once with half of its estimate.
func denied(t testing.TB, q *quota.Quotas, e llm.Estimate) string {
	t.Helper()
	settle, d := q.Reserve(t.Context(), e)
	if (settle == nil) != (d != nil) {
		t.Fatalf("settle is there: %v; denied %+v", settle != nil, d)
	}
	if d != nil {
		return d.Limit
	}
	settle(used(e.Tokens/2, e.Cost/2))
	return ""
}

func TestNothingConfigured(t *testing.T) {
	if q := quota.New(quota.Config{Limits: quota.Limits{AtLimit: llm.ThenRefuse}}); q != nil {
		t.Errorf("quotas of nothing are %+v, want nil", q)
	}
}

func TestWhichLimitStandsInTheWay(t *testing.T) {
	day := func(tokens int64) quota.Allowance { return quota.Allowance{Tokens: tokens} }
	for _, test := range []struct {
		name   string
		limits quota.Limits
		budget quota.Budget
		ask    llm.Estimate
		want   string
		then   llm.AtLimit
	}{
		{"the key's tokens", quota.Limits{Key: day(100)}, quota.Budget{}, estimate("k", "c", "m", 101, 0), quota.KeyTokens, llm.ThenExtractive},
		{"exactly the key's tokens", quota.Limits{Key: day(100)}, quota.Budget{}, estimate("k", "c", "m", 100, 0), "", ""},
		{"no key", quota.Limits{Key: day(100)}, quota.Budget{}, estimate("", "c", "m", 101, 0), "", ""},
		{"the conversation's tokens", quota.Limits{Conversation: day(9), AtLimit: llm.ThenRefuse}, quota.Budget{}, estimate("k", "c", "m", 10, 0), quota.ConversationTokens, llm.ThenRefuse},
		{"everybody's tokens", quota.Limits{All: day(9)}, quota.Budget{}, estimate("", "", "m", 10, 0), quota.DayTokens, llm.ThenExtractive},
		{"the month's money", quota.Limits{}, quota.Budget{Month: 9}, estimate("", "", "m", 0, 10), quota.MonthCost, llm.ThenNext},
		{"a free model in a month that is spent", quota.Limits{}, quota.Budget{Month: 9}, estimate("", "", "m", 10, 0), "", ""},
		{"the model's money", quota.Limits{}, quota.Budget{Models: map[string]switchboard.Money{"m": 9}, AtLimit: llm.ThenExtractive}, estimate("", "", "m", 0, 10), quota.ModelMonthCost, llm.ThenExtractive},
		{"another model's money", quota.Limits{}, quota.Budget{Models: map[string]switchboard.Money{"m": 9}}, estimate("", "", "n", 0, 10), "", ""},
		{"all of them", quota.Limits{Key: day(9), Conversation: day(9), All: day(9)}, quota.Budget{Month: 9}, estimate("k", "c", "m", 10, 10), quota.KeyTokens, llm.ThenExtractive},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &meter{}
			q := quota.New(quota.Config{
				Limits: test.limits, Budget: test.budget, Counters: session.NewMemory(nil), Spending: nothingSpent(), Meter: m,
			})
			settle, d := q.Reserve(t.Context(), test.ask)
			if test.want == "" {
				if d != nil || settle == nil {
					t.Fatalf("denied by %+v", d)
				}
				settle(used(1, 1))
				return
			}
			if d == nil || settle != nil || d.Limit != test.want || d.Then != test.then || m.denied[test.want] != 1 {
				t.Errorf("denied by %+v, counted %v; want %s, then %s", d, m.denied, test.want, test.then)
			}
		})
	}
}

func TestSettlements(t *testing.T) {
	q := quota.New(quota.Config{Limits: quota.Limits{All: quota.Allowance{Tokens: 100}}, Counters: session.NewMemory(nil)})
	first, _ := q.Reserve(t.Context(), estimate("", "", "m", 60, 0))
	if got := denied(t, q, estimate("", "", "m", 41, 0)); got != quota.DayTokens {
		t.Fatalf("60 are set aside of 100, and 41 more are denied by %q", got)
	}
	for range 3 { // once counts
		first(used(10, 0))
	}
	second, d := q.Reserve(t.Context(), estimate("", "", "m", 90, 0))
	if d != nil {
		t.Fatal("10 of 100 are used, and 90 do not fit")
	}
	second(used(90, 0))
	if got := denied(t, q, estimate("", "", "m", 1, 0)); got != quota.DayTokens {
		t.Error("101 of 100 were allowed")
	}
}

// TestTheDead have set aside what they never settle.
func TestTheDead(t *testing.T) {
	c := noon()
	q := quota.New(quota.Config{
		Limits: quota.Limits{All: quota.Allowance{Tokens: 100}}, Counters: session.NewMemory(c.now), Now: c.now,
	})
	dead, _ := q.Reserve(t.Context(), estimate("", "", "m", 100, 0))
	c.at = c.at.Add(3*time.Minute - time.Second)
	if denied(t, q, estimate("", "", "m", 1, 0)) == "" {
		t.Error("within three minutes, what an attempt has set aside is given to another")
	}
	c.at = c.at.Add(time.Minute)
	if got := denied(t, q, estimate("", "", "m", 100, 0)); got != "" {
		t.Errorf("after four minutes, what a dead attempt has set aside is still denied by %s", got)
	}
	dead(used(50, 0)) // it lives: 50 and 50
	if denied(t, q, estimate("", "", "m", 1, 0)) == "" {
		t.Error("a late settlement was not counted")
	}
}

func TestDaysAndMonthsEnd(t *testing.T) {
	c := noon() // the last day but one of its month
	q := quota.New(quota.Config{
		Limits: quota.Limits{Key: quota.Allowance{Tokens: 100, Messages: 1}}, Budget: quota.Budget{Month: 150},
		Counters: session.NewMemory(c.now), Spending: nothingSpent(), Now: c.now,
	})
	use := func(want string) {
		t.Helper()
		settle, d := q.Reserve(t.Context(), estimate("k", "c", "m", 100, 100))
		if d != nil && d.Limit != want || d == nil && want != "" {
			t.Fatalf("at %v: denied by %+v, want %q", c.at, d, want)
		}
		if settle != nil {
			settle(used(100, 100))
		}
	}
	use("")
	use(quota.KeyTokens)
	c.at = c.at.Add(12 * time.Hour) // midnight: a new day, the same month
	use(quota.MonthCost)
	late, d := q.Reserve(t.Context(), estimate("k", "c", "m", 100, 50))
	if d != nil {
		t.Fatal(d.Limit)
	}
	c.at = c.at.Add(24 * time.Hour) // a new month
	late(used(100, 50))             // is the old one's
	use("")
}

func TestEnter(t *testing.T) {
	for _, test := range []struct {
		name   string
		limits quota.Limits
		budget quota.Budget
		use    llm.Estimate // before the messages
		enter  [][2]string  // key and conversation of each message; the last one is over a limit
		refuse bool
		wait   time.Duration
		model  string // the limit that denies the last message a model
	}{
		{
			name: "a key's messages", limits: quota.Limits{Key: quota.Allowance{Messages: 2}, AtLimit: llm.ThenRefuse},
			enter:  [][2]string{{"k", "a"}, {"other", "b"}, {"k", "c"}, {"", "d"}, {"k", "e"}},
			refuse: true, wait: time.Hour,
		},
		{
			name: "a conversation's messages", limits: quota.Limits{Conversation: quota.Allowance{Messages: 2}},
			enter: [][2]string{{"k", "a"}, {"k", "b"}, {"k", "a"}, {"k", "a"}}, model: quota.ConversationMessages,
		},
		{
			name: "everybody's messages", limits: quota.Limits{All: quota.Allowance{Messages: 2}},
			enter: [][2]string{{"k", "a"}, {"", "b"}, {"", "c"}}, model: quota.DayMessages,
		},
		{
			name:   "a conversation's tokens, to be refused",
			limits: quota.Limits{Conversation: quota.Allowance{Tokens: 50}, AtLimit: llm.ThenRefuse},
			use:    estimate("k", "a", "m", 50, 0), enter: [][2]string{{"k", "b"}, {"k", "a"}}, refuse: true, wait: time.Hour,
		},
		{
			name: "the month's money, to be refused", budget: quota.Budget{Month: 50, AtLimit: llm.ThenRefuse},
			use: estimate("k", "a", "m", 0, 50), enter: [][2]string{{"k", "b"}}, refuse: true, wait: time.Hour,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, m := noon(), &meter{}
			q := quota.New(quota.Config{
				Limits: test.limits, Budget: test.budget, Counters: session.NewMemory(c.now), Spending: nothingSpent(),
				Meter: m, Now: c.now,
			})
			if settle, d := q.Reserve(t.Context(), test.use); d == nil {
				settle(used(test.use.Tokens, test.use.Cost))
			} else {
				t.Fatal(d.Limit)
			}
			last := len(test.enter) - 1
			for i, e := range test.enter {
				ctx, err := q.Enter(t.Context(), e[0], e[1])
				if i == last && test.refuse {
					var refused *switchboard.Error
					if !errors.As(err, &refused) || refused.Kind != switchboard.RateLimited || refused.RetryAfter != test.wait {
						t.Fatalf("message %d: error %#v, want rate_limited for %v", i, err, test.wait)
					}
					continue
				}
				if err != nil {
					t.Fatalf("message %d: %v", i, err)
				}
				_, d := q.Reserve(ctx, estimate("", "", "m", 1, 1))
				if i < last && d != nil {
					t.Fatalf("message %d is within every limit, and is denied a model by %s", i, d.Limit)
				}
				if i == last && (d == nil || d.Limit != test.model || d.Then != llm.ThenExtractive) {
					t.Fatalf("the last message: denied by %+v, want %s", d, test.model)
				}
			}
			if n := len(m.denied); n != 1 {
				t.Errorf("denied %v, want one", m.denied)
			}
		})
	}
}

func TestRetryAfterEndsWithTheDay(t *testing.T) {
	c := noon()
	c.at = c.at.Add(11*time.Hour + 59*time.Minute)
	q := quota.New(quota.Config{
		Limits: quota.Limits{All: quota.Allowance{Messages: 1}, AtLimit: llm.ThenRefuse}, Counters: session.NewMemory(c.now), Now: c.now,
	})
	_, _ = q.Enter(t.Context(), "", "")
	_, err := q.Enter(t.Context(), "", "")
	var e *switchboard.Error
	if !errors.As(err, &e) || e.RetryAfter != time.Minute {
		t.Errorf("a minute before midnight: %#v", err)
	}
	c.at = c.at.Add(time.Minute)
	if _, err := q.Enter(t.Context(), "", ""); err != nil {
		t.Errorf("at midnight: %v", err)
	}
}

// TestMoneySurvivesRestarts records turns as the gateway does, and looks what later processes make of the ledger.
func TestMoneySurvivesRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	record := func(l *ledger.Ledger, n int, model string, cost switchboard.Money) {
		t.Helper()
		conv := switchboard.Conversation{ID: "conv_1", Audiences: []string{"public"}, CreatedAt: now}
		turn := switchboard.Turn{ID: fmt.Sprint("msg_", n), StartedAt: now, Opens: &conv, Attempts: []switchboard.Attempt{{Model: model, Cost: cost}}}
		if err := l.Record(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
	budget := quota.Budget{Month: 1000, Models: map[string]switchboard.Money{"m": 300}}
	start := func(l *ledger.Ledger) *quota.Quotas {
		clock := func() time.Time { return now }
		return quota.New(quota.Config{Budget: budget, Counters: session.NewMemory(clock), Spending: l, Now: clock})
	}
	l := openLedger(t, path)
	for _, q := range []*quota.Quotas{start(l), start(l)} { // the second is another process beside the first
		if got := denied(t, q, estimate("", "", "m", 0, 300)); got != "" {
			t.Fatal(got)
		}
	}
	record(l, 1, "m", 150)
	record(l, 2, "n", 750)
	for _, step := range []struct {
		model string
		cost  switchboard.Money
		want  string
	}{{"m", 151, quota.MonthCost}, {"n", 101, quota.MonthCost}, {"n", 100, ""}} {
		q := start(l)
		if got := denied(t, q, estimate("", "", step.model, 0, step.cost)); got != step.want {
			t.Errorf("after a restart %d of %s: denied by %q, want %q", step.cost, step.model, got, step.want)
		}
	}
	budget.Month = 0
	if got := denied(t, start(l), estimate("", "", "m", 0, 151)); got != quota.ModelMonthCost {
		t.Errorf("after a restart the model's limit is %q", got)
	}
}

// TestOthersAreHeardOf: without Redis, what other processes have recorded counts a minute later.
func TestOthersAreHeardOf(t *testing.T) {
	c, s := noon(), &spent{month: "2026-11"}
	q := quota.New(quota.Config{Budget: quota.Budget{Month: 1000}, Counters: session.NewMemory(c.now), Spending: s, Now: c.now})
	if err := q.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.rows = []switchboard.Spend{{Model: "m", Cost: 950}}
	if got := denied(t, q, estimate("", "", "m", 0, 100)); got != "" {
		t.Errorf("denied by %s before it could be known", got)
	}
	c.at = c.at.Add(time.Minute)
	if got := denied(t, q, estimate("", "", "m", 0, 100)); got != quota.MonthCost {
		t.Errorf("a minute later: %q, want %s", got, quota.MonthCost)
	}
}

func TestTheLedgerIsAway(t *testing.T) {
	var logged bytes.Buffer
	c := noon()
	q := quota.New(quota.Config{
		Budget: quota.Budget{Month: 100}, Counters: session.NewMemory(c.now), Now: c.now,
		Spending: &spent{err: errors.New("away")}, Log: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	if got := denied(t, q, estimate("", "", "m", 0, 100)); got != "" {
		t.Errorf("denied by %s", got)
	}
	if got := denied(t, q, estimate("", "", "m", 0, 51)); got != quota.MonthCost {
		t.Errorf("counted from nothing, 50 and 51 of 100: %q", got)
	}
	if !strings.Contains(logged.String(), "is not known") {
		t.Errorf("nothing was said: %s", logged.String())
	}
}

func TestWarnings(t *testing.T) {
	var logged bytes.Buffer
	c := noon()
	q := quota.New(quota.Config{
		Budget: quota.Budget{Month: 1000, Models: map[string]switchboard.Money{"m": 500}}, Counters: session.NewMemory(c.now),
		Spending: nothingSpent(), Now: c.now, Log: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	for _, step := range []struct {
		model string
		cost  switchboard.Money
		want  string // said for the first time
	}{
		{"m", 399, ""},
		{"m", 1, "80 % of a month's budget is used"}, // the model's
		{"m", 50, ""},
		{"m", 51, "too little for a call"}, // it is denied
		{"m", 51, ""},
		{"n", 350, "80 % of a month's budget is used"}, // the month's
		{"n", 200, "limit=month_usd"},                  // denied
		{"n", 100, ""},
	} {
		logged.Reset()
		if settle, d := q.Reserve(t.Context(), estimate("", "", step.model, 0, step.cost)); d == nil {
			settle(used(0, step.cost))
		}
		if got := logged.String(); (step.want == "") != (got == "") || !strings.Contains(got, step.want) {
			t.Errorf("%d of %s: said %q, want %q", step.cost, step.model, got, step.want)
		}
	}
}

// TestNoLimitIsPassed has two processes' worth of goroutines hammer limits, in memory and on one Redis.
func TestNoLimitIsPassed(t *testing.T) {
	overRedis := func() session.Store {
		s, err := session.NewRedis(testserver.Redis(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	memory := session.NewMemory(nil)
	for name, stores := range map[string][]session.Store{
		"memory": {memory}, "redis": {overRedis(), overRedis()},
	} {
		t.Run(name, func(t *testing.T) { hammer(t, stores) })
	}
}

func hammer(t *testing.T, stores []session.Store) {
	const tokens, money, goroutines, rounds = 3000, 40_000, 64, 25
	month := switchboard.Month(time.Now())
	var processes []*quota.Quotas
	for _, s := range stores {
		processes = append(processes, quota.New(quota.Config{
			Limits:   quota.Limits{All: quota.Allowance{Tokens: tokens}, Key: quota.Allowance{Tokens: tokens / 2}},
			Budget:   quota.Budget{Month: money},
			Counters: s, Spending: &spent{month: month, rows: []switchboard.Spend{{Model: "m", Cost: 1000}}},
		}))
	}
	var heldTokens, heldMoney, granted, refused atomic.Int64
	heldMoney.Add(1000)
	var group sync.WaitGroup
	for g := range goroutines {
		q, key := processes[g%len(processes)], fmt.Sprint("key_", g%3)
		group.Go(func() {
			for range rounds {
				most := estimate(key, "c", "m", 1+rand.IntN(100), switchboard.Money(1+rand.IntN(1000)))
				settle, d := q.Reserve(t.Context(), most)
				if d != nil {
					refused.Add(1)
					continue
				}
				granted.Add(1)
				if n := heldTokens.Add(int64(most.Tokens)); n > tokens {
					t.Errorf("%d tokens of %d are used or set aside", n, tokens)
				}
				if n := heldMoney.Add(int64(most.Cost)); n > money {
					t.Errorf("%d of %d are spent or set aside", n, money)
				}
				a := used(rand.IntN(most.Tokens+1), switchboard.Money(rand.Int64N(int64(most.Cost)+1)))
				heldTokens.Add(int64(a.InputTokens + a.OutputTokens - most.Tokens))
				heldMoney.Add(int64(a.Cost - most.Cost))
				settle(a)
				settle(a)
			}
		})
	}
	group.Wait()
	if granted.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d granted, %d refused: the test says nothing", granted.Load(), refused.Load())
	}
	day := time.Now().UTC().Format(time.DateOnly)
	for c, want := range map[session.Counter]int64{
		{What: quota.DayTokens, When: day}: heldTokens.Load(), {What: quota.MonthCost, When: month}: heldMoney.Load(),
	} {
		if got, err := stores[0].Used(t.Context(), c); err != nil || got != want {
			t.Errorf("%s has come to %d, error %v; %d were used", c.What, got, err, want)
		}
	}
	left := estimate("", "", "m", tokens-int(heldTokens.Load()), 0)
	if _, d := processes[0].Reserve(t.Context(), left); d != nil {
		t.Errorf("all is settled, and the %d tokens that are left are denied by %s", left.Tokens, d.Limit)
	}
}

func BenchmarkReserveAndSettle(b *testing.B) {
	stores := map[string]func() session.Store{
		"memory": func() session.Store { return session.NewMemory(nil) },
		"redis": func() session.Store {
			s, err := session.NewRedis(testserver.Redis(b), nil)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			return s
		},
	}
	for name, open := range stores {
		b.Run(name, func(b *testing.B) {
			const lots = 1 << 50
			q := quota.New(quota.Config{
				Limits: quota.Limits{
					Key: quota.Allowance{Tokens: lots}, Conversation: quota.Allowance{Tokens: lots}, All: quota.Allowance{Tokens: lots},
				},
				Budget:   quota.Budget{Month: lots, Models: map[string]switchboard.Money{"m": lots}},
				Counters: open(), Spending: nothingSpent(),
			})
			e, a := estimate("key_1", "conv_1", "m", 2000, 900_000), used(1200, 500_000)
			b.ReportAllocs()
			for b.Loop() {
				settle, d := q.Reserve(b.Context(), e)
				if d != nil {
					b.Fatal(d.Limit)
				}
				settle(a)
			}
		})
	}
}
