package httpapi

import (
	"strings"
	"testing"

	"switchboard"
)

func TestReadEvent(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"handoff.accepted","data":{"reference":"H-1"}}`:                                           "",
		`{"type":"handoff.message","data":{"reference":"H-1","text":"Hello"}}`:                             "",
		`{"type":"handoff.queue","data":{"reference":"H-1","queue_position":3}}`:                           "",
		`{"type":"handoff.message","data":{"reference":"H-1"}}`:                                            "bytes",
		`{"type":"handoff.queue","data":{"reference":"H-1","queue_position":-3}}`:                          "whole number",
		`{"type":"handoff.queue","data":{"reference":"H-1","eta_seconds":99999999}}`:                       "whole number",
		`{"type":"handoff.shut","data":{"reference":"H-1"}}`:                                               "handoff.accepted",
		`{"type":"handoff.accepted","data":{}}`:                                                            "reference",
		`{"type":"handoff.message","data":{"reference":"H-1","text":"` + strings.Repeat("x", 8001) + `"}}`: "bytes",
		`[]`: "not the JSON",
	} {
		_, err := readEvent([]byte(body), "evt_1")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: error %v, want %q", body, err, want)
		}
	}
	if _, err := readEvent([]byte(`{"type":"handoff.accepted","data":{"reference":"H-1"}}`), ""); err == nil {
		t.Error("an event without an id is taken")
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add([]byte(`{"type":"handoff.message","data":{"reference":"H-1","text":"Hello"}}`), "evt_1")
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		e, err := readEvent(body, id)
		if err == nil && (e.Reference == "" || e.ID == "" || e.Kind == switchboard.HandoffMessage && e.Text == "") {
			t.Errorf("%+v", e)
		}
	})
}
