package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
)

// A customer who leaves stops the model at once, over real connections on both sides; what was said until then is
// recorded, with what it cost.
func TestALeavingCustomerStopsTheModel(t *testing.T) {
	model := llmtest.NewServer(llmtest.Options{})
	defer model.Close()
	model.Reply(func(llmtest.Call) llmtest.Script {
		return llmtest.Stream(llmtest.Role(), llmtest.Text("A daily pass for Switzerland costs €4.99 a day [1]. And"), llmtest.Stall())
	})
	s := serve(t, fmt.Sprintf("models: [{name: stub, base_url: %q, model: m, price: {input: 1, output: 2}, idle_timeout: 60s}]\n", model.URL), nil)
	for call, accept := range []string{"text/event-stream", "application/json"} {
		t.Run(accept, func(t *testing.T) {
			var conv struct{ ID, Token string }
			s.call("POST", "/v1/conversations", "", `{}`, &conv)
			path := "/v1/conversations/" + conv.ID
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			req, err := http.NewRequestWithContext(ctx, "POST", s.URL+path+"/messages",
				strings.NewReader(`{"text":"How much is roaming in Switzerland?"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", accept)
			req.Header.Set("Authorization", "Bearer "+conv.Token)
			bounded, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if accept == "application/json" {
				go func() {
					if resp, err := http.DefaultClient.Do(req); err == nil {
						resp.Body.Close()
					}
				}()
				if _, err := model.Begun(bounded, call+1); err != nil {
					t.Fatal(err)
				}
			} else {
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				for lines := bufio.NewScanner(resp.Body); lines.Scan() && !strings.Contains(lines.Text(), "4.99"); {
				}
			}
			left := time.Now()
			leave()
			ended, err := model.Ended(bounded, call+1)
			if err != nil {
				t.Fatal(err)
			}
			took := ended.Ended.Sub(left)
			t.Logf("the model's connection was closed after %v", took)
			if !ended.Left || took > time.Second {
				t.Errorf("left %v, after %v", ended.Left, took)
			}
			var recorded struct{ Messages []switchboard.Answer }
			for len(recorded.Messages) < 2 && bounded.Err() == nil {
				s.call("GET", path, conv.Token, "", &recorded)
			}
			if len(recorded.Messages) < 2 {
				t.Fatal("nothing is recorded")
			}
			a := recorded.Messages[1]
			if a.Reason != switchboard.ReasonCustomerLeft || a.Usage.CostUSD <= 0 {
				t.Errorf("recorded: %s, %v", a.Reason, a.Usage)
			}
			if accept == "text/event-stream" && !strings.Contains(a.Text, "4.99") {
				t.Errorf("recorded: %q", a.Text)
			}
		})
	}
}
