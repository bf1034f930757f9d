package evals

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
)

// contract serves the part of the HTTP contract that a run uses.
func contract(t *testing.T, message http.HandlerFunc) *OverHTTP {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/conversations", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Locale string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Authorization") != "Bearer sk_test" {
			http.Error(w, `{"code":"unauthorized","detail":"no key"}`, http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"id": "conv_" + in.Locale, "token": "t0"})
	})
	mux.HandleFunc("POST /v1/conversations/{id}/messages", message)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	target, err := NewOverHTTP(srv.URL+"/", "sk_test", srv.Client())
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestOverHTTPHoldsOneConversation(t *testing.T) {
	var said []string
	target := contract(t, func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Text string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		said = append(said, r.PathValue("id")+" "+r.Header.Get("Authorization")+" "+in.Text)
		_ = json.NewEncoder(w).Encode(switchboard.Answer{Action: switchboard.ActionAnswer, Text: "to " + in.Text, Release: "rel_1"})
	})
	r, err := target.Ask(t.Context(), Script{Locale: "es", Messages: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said, "\n"); got != "conv_es Bearer t0 a\nconv_es Bearer t0 b" {
		t.Errorf("it said:\n%s", got)
	}
	if r.Answer.Text != "to b" || r.Answer.Release != "rel_1" || r.Record != nil || r.Elapsed <= 0 {
		t.Errorf("got %+v", r)
	}
}

func TestOverHTTPComesBackWhenItIsPutOff(t *testing.T) {
	var tries atomic.Int32
	target := contract(t, func(w http.ResponseWriter, _ *http.Request) {
		if tries.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			http.Error(w, `{"code":"rate_limited"}`, http.StatusTooManyRequests)
			return
		}
		_ = json.NewEncoder(w).Encode(switchboard.Answer{Text: "now"})
	})
	if r, err := target.Ask(t.Context(), Script{Messages: []string{"a"}}); err != nil || r.Answer.Text != "now" {
		t.Errorf("got %q, %v", r.Answer.Text, err)
	}
}

func TestOverHTTPSaysWhatWentWrong(t *testing.T) {
	tests := []struct {
		name   string
		reply  http.HandlerFunc
		script Script
		want   string
		cannot bool // an Unsupported error
	}{
		{"a problem", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"code":"message_too_long","detail":"at most 4000"}`, http.StatusBadRequest)
		}, Script{}, "message 1: status 400 message_too_long: at most 4000", false},
		{"something else", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>"))
		}, Script{}, "not a reply of the gateway", false},
		{"an audience", http.NotFound, Script{Audiences: []string{"business"}}, "audiences cannot be chosen over HTTP", true},
		{"another day", http.NotFound, Script{AsOf: time.Now().AddDate(-1, 0, 0)}, "as of today", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.script.Messages = []string{"a"}
			_, err := contract(t, tt.reply).Ask(t.Context(), tt.script)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			var cannot *Unsupported
			if errors.As(err, &cannot) != tt.cannot {
				t.Errorf("unsupported is %t", !tt.cannot)
			}
		})
	}
}

func TestOverHTTPWantsAURL(t *testing.T) {
	for _, base := range []string{"", "localhost:8080", "ftp://example.com", "http://"} {
		if _, err := NewOverHTTP(base, "", http.DefaultClient); err == nil {
			t.Errorf("%q is taken", base)
		}
	}
	target, err := NewOverHTTP("https://user:secret@chat.example.com/", "", http.DefaultClient)
	if err != nil || strings.Contains(target.Name(), "secret") {
		t.Errorf("%s, %v", target.Name(), err)
	}
}
