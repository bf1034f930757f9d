package gateway_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway"
	"switchboard/gateway/llm/llmtest"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newRememberingBot(t testing.TB) (*bot, *clock) {
	c := &clock{now: time.Now()}
	b := newModelBotWith(t, func(o *gateway.Config) {
		o.Answers, o.Now = gateway.AnswerCache{Size: 10, For: time.Minute}, c.Now
	})
	b.upstream.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Say(price + " [1].") })
	return b, c
}

const question = "How much is roaming in Switzerland?"

func TestAnswersAreGivenAgain(t *testing.T) {
	tests := []struct {
		name   string
		first  switchboard.Turn // opens its own conversation where it names none
		second switchboard.Turn
		wait   time.Duration
		again  bool
	}{
		{"the same words", switchboard.Turn{Text: question}, switchboard.Turn{Text: "  how much is ROAMING in Switzerland "}, 0, true},
		{"other words", switchboard.Turn{Text: question}, switchboard.Turn{Text: "What does roaming in Switzerland cost?"}, 0, false},
		{"too late", switchboard.Turn{Text: question}, switchboard.Turn{Text: question}, time.Minute, false},
		{"another audience", switchboard.Turn{Text: question},
			switchboard.Turn{Text: question, Opens: &switchboard.Conversation{Audiences: []string{"public", "business"}}}, 0, false},
		{"personal data", switchboard.Turn{Text: question + " My number is +44 7700 900123."},
			switchboard.Turn{Text: question + " My number is +44 7700 900456."}, 0, false},
		{"the next day", switchboard.Turn{Text: question}, switchboard.Turn{Text: question}, 24 * time.Hour, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, clock := newRememberingBot(t)
			first := respond(t, b, tt.first)
			clock.add(tt.wait)
			second := respond(t, b, tt.second)
			if first.Action != switchboard.ActionAnswer || second.Action != switchboard.ActionAnswer {
				t.Fatalf("%s, %s", first.Action, second.Action)
			}
			if again := len(b.upstream.Calls()) == 1; again != tt.again {
				t.Fatalf("given again: %t", again)
			}
			turn, err := b.ledger.Turn(t.Context(), second.ConversationID, second.ID)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.again {
				if turn.CopiedFrom != "" {
					t.Error("the record says that it was copied")
				}
				return
			}
			if turn.CopiedFrom != first.ID || len(turn.Attempts) != 0 || second.Usage.CostUSD != 0 || second.ID == first.ID {
				t.Errorf("recorded %+v", turn)
			}
			if second.Text != first.Text || len(second.Citations) != len(first.Citations) || second.Model != first.Model ||
				second.Release != first.Release || len(turn.Passages) == 0 || turn.Passages[0].ID == "" {
				t.Errorf("%+v, want as %+v", second, first)
			}
		})
	}
}

// respond is one turn of a conversation of its own, or of the one that the turn opens.
func respond(t *testing.T, b *bot, turn switchboard.Turn) switchboard.Answer {
	t.Helper()
	o := gateway.Opening{Locale: "en"}
	if turn.Opens != nil {
		o.Audiences = turn.Opens.Audiences
	}
	c := b.NewConversation(o)
	turn.Opens = &c
	var said strings.Builder
	a, err := b.Respond(t.Context(), turn, func(e switchboard.Event) error { said.WriteString(e.Text); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if said.String() != a.Text {
		t.Errorf("emitted %q, answered %q", said.String(), a.Text)
	}
	return a
}

// TestLaterQuestionsAreNotGivenAgain: what was said before may have decided the answer.
func TestLaterQuestionsAreNotGivenAgain(t *testing.T) {
	b, _ := newRememberingBot(t)
	id := b.open()
	b.ask(id, question)
	b.ask(id, question)
	if n := len(b.upstream.Calls()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// TestPoorAnswersAreNotGivenAgain: only what a model wrote whole and the guards let through is.
func TestPoorAnswersAreNotGivenAgain(t *testing.T) {
	b, _ := newRememberingBot(t)
	b.upstream.Queue(llmtest.Say("A daily pass for Switzerland costs €1 a day [1]."), llmtest.Fail(400))
	for _, want := range []switchboard.Action{switchboard.ActionDegraded, switchboard.ActionDegraded, switchboard.ActionAnswer} {
		if a := respond(t, b, switchboard.Turn{Text: question}); a.Action != want {
			t.Errorf("%s (%s), want %s", a.Action, a.Reason, want)
		}
	}
}

// TestErasedAnswersAreForgotten: an erasure reaches what is kept, too, and the receipt says so.
func TestErasedAnswersAreForgotten(t *testing.T) {
	b, _ := newRememberingBot(t)
	first := respond(t, b, switchboard.Turn{Text: question})
	receipt, err := b.Erase(t.Context(), first.ConversationID)
	if err != nil || receipt.Deleted["answers"] != 1 {
		t.Errorf("%+v, %v", receipt, err)
	}
	respond(t, b, switchboard.Turn{Text: question})
	if n := len(b.upstream.Calls()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// TestErasedElsewhereIsForgotten: what another process erases is given to nobody here either.
func TestErasedElsewhereIsForgotten(t *testing.T) {
	b, _ := newRememberingBot(t)
	first := respond(t, b, switchboard.Turn{Text: question})
	if _, err := b.ledger.Erase(t.Context(), first.ConversationID); err != nil { // as "conversations erase" does
		t.Fatal(err)
	}
	gateway.LookForErasures(t, b.Gateway)
	respond(t, b, switchboard.Turn{Text: question})
	if n := len(b.upstream.Calls()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// TestReleasesKeepTheirOwnAnswers: a new release answers anew.
func TestReleasesKeepTheirOwnAnswers(t *testing.T) {
	b, _ := newRememberingBot(t)
	respond(t, b, switchboard.Turn{Text: question})
	next := *b.rt
	b.Use(&next)
	respond(t, b, switchboard.Turn{Text: question})
	if n := len(b.upstream.Calls()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// TestSameQuestionAtOnce: who asks what is being answered waits for that answer; where it comes to nothing, one of
// them asks again.
func TestSameQuestionAtOnce(t *testing.T) {
	tests := []struct {
		name   string
		leaves bool // the one who asked first
		calls  int
	}{{"one call for all", false, 1}, {"the first leaves", true, 2}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := newRememberingBot(t)
			release := make(chan struct{})
			b.upstream.Queue(llmtest.Say(price + " [1].").After(300 * time.Millisecond))
			ctx, leave := context.WithCancel(t.Context())
			var first, others sync.WaitGroup
			first.Add(1)
			go func() {
				defer first.Done()
				c := b.NewConversation(openingIn("en"))
				_, err := b.Respond(ctx, switchboard.Turn{Opens: &c, Text: question}, nil)
				if (err != nil) != tt.leaves {
					t.Error(err)
				}
			}()
			if _, err := b.upstream.Begun(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			for range 4 {
				others.Add(1)
				go func() {
					defer others.Done()
					<-release
					if a := respond(t, b, switchboard.Turn{Text: question}); a.Action != switchboard.ActionAnswer {
						t.Errorf("%s: %s", a.Action, a.Reason)
					}
				}()
			}
			close(release)
			if tt.leaves {
				leave()
			}
			first.Wait()
			others.Wait()
			leave()
			if n := len(b.upstream.Calls()); n != tt.calls {
				t.Errorf("%d calls", n)
			}
		})
	}
}
