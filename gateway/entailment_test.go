package gateway_test

import (
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

// judgedBy gives the bot a model for judgements that answers as scripted.
func (b *bot) judgedBy(scripts ...llmtest.Script) *llmtest.Server {
	srv := llmtest.NewServer(llmtest.Options{})
	b.t.Cleanup(srv.Close)
	srv.Queue(scripts...)
	model, err := llm.NewModel(llm.ModelConfig{Name: "judge", BaseURL: srv.URL, Model: "judge", FirstTokenTimeout: 200 * time.Millisecond})
	if err != nil {
		b.t.Fatal(err)
	}
	chain := llm.NewChain(llm.InOrder(model), nil, llm.ChainOptions{})
	b.t.Cleanup(chain.Close)
	b.rt.Judge = chain
	return srv
}

func TestAModelJudgesWhatThePassagesSay(t *testing.T) {
	const supported, strange = "A daily pass for Switzerland costs €4.99 a day.", "Pack warm clothes because mountains surprise unprepared hikers everywhere. [1]"
	tests := []struct {
		name, said string
		judge      llmtest.Script
		action     switchboard.Action
		guard      string
		grounded   float64 // 0: whatever the words give
	}{
		{"it confirms", supported, llmtest.Say("97"), switchboard.ActionAnswer, "", 0.97},
		{"it denies what the words support", supported, llmtest.Say("3"), switchboard.ActionDegraded, "entailment", 0},
		{"it confirms what the words do not support", strange, llmtest.Say("90%"), switchboard.ActionAnswer, "", 0.9},
		{"it talks instead", supported, llmtest.Say("I think so"), switchboard.ActionAnswer, "", 0},
		{"it fails", supported, llmtest.Fail(400), switchboard.ActionAnswer, "", 0},
		{"it is silent", supported, llmtest.Hang(), switchboard.ActionAnswer, "", 0},
		{"it fails where the words do not support", strange, llmtest.Fail(400), switchboard.ActionDegraded, "grounded", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newModelBot(t, llmtest.Say(tt.said))
			judge := b.judgedBy(tt.judge, tt.judge, tt.judge)
			a, turn := b.ask(b.open(), "How much is a day pass in Switzerland?")
			if a.Action != tt.action {
				t.Errorf("the action is %s (%s)", a.Action, a.Reason)
			}
			if tt.guard != "" && (len(turn.Stops) != 1 || turn.Stops[0].Guard != tt.guard) {
				t.Errorf("stops are %+v", turn.Stops)
			}
			if tt.grounded > 0 && (len(turn.Said) == 0 || turn.Said[0].Grounded != tt.grounded || turn.Grounded != tt.grounded) {
				t.Errorf("said %+v, grounded %v", turn.Said, turn.Grounded)
			}
			if calls := judge.Calls(); len(calls) == 0 || !strings.Contains(string(calls[0].Body), `\"claim\"`) || strings.Contains(string(calls[0].Body), "[1]") {
				t.Errorf("the judge was asked %d times", len(calls))
			}
		})
	}
}
