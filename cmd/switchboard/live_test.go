//go:build llm

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"switchboard"
)

// TestLiveTurns runs whole turns through the real model that deploy/llm/run.sh starts. The model is too small to be
// right, so what is tested is that it is asked, that its calls are on record with tokens, and that whatever it says, what
// the customer sees is verified: an answer with citations, or an honest reply with quotes.
func TestLiveTurns(t *testing.T) {
	if os.Getenv("OPENAI_BASE_URL") == "" {
		t.Fatal("run this by make test-llm: it needs a model at OPENAI_BASE_URL")
	}
	// A small machine reads a prompt of a thousand tokens slowly, so the deadlines are long.
	yaml := fmt.Sprintf("models: [{name: live, base_url: %q, api_key_env: LIVE_KEY, model: %q, max_tokens: 120, "+
		"first_token_timeout: 70s, idle_timeout: 30s, timeout: 75s}]\n", os.Getenv("OPENAI_BASE_URL"), os.Getenv("OPENAI_MODEL"))
	s := serve(t, yaml, map[string]string{"LIVE_KEY": os.Getenv("OPENAI_API_KEY")})
	c := s.open()
	for _, question := range []string{
		"How much is roaming in Switzerland?", "How do I activate an eSIM on an iPhone?", "What does a replacement SIM cost?",
	} {
		a := s.ask(c, question)
		t.Logf("%s\n  %s (%s, grounded), %d + %d tokens: %s", question, a.Action, a.Reason, a.Usage.InputTokens, a.Usage.OutputTokens, a.Text)
		switch a.Action {
		case switchboard.ActionAnswer, switchboard.ActionDegraded, switchboard.ActionHandoff:
		default:
			t.Errorf("%s: %s (%s)", question, a.Action, a.Reason)
		}
		if a.Action != switchboard.ActionHandoff && len(a.Citations) == 0 {
			t.Errorf("%s: nothing is cited: %s", question, a.Text)
		}
		if a.Usage.InputTokens == 0 {
			t.Errorf("%s: the model was not asked", question)
		}
	}
	var shown switchboard.Conversation
	if err := json.Unmarshal([]byte(s.cli("conversations", "show", c.ID, "-o", "json")), &shown); err != nil {
		t.Fatal(err)
	}
	for _, turn := range shown.Turns {
		if len(turn.Attempts) == 0 || !strings.HasPrefix(turn.Answer.Prompt, "answer@") {
			t.Errorf("recorded without its model call: %+v", turn.Answer)
		}
	}
}
