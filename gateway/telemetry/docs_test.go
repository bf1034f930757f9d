package telemetry_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/telemetry"
)

// all are metrics of which each has counted once.
func all(t *testing.T) *telemetry.Metrics {
	m := telemetry.New(func() float64 { return 0 })
	m.Models([]string{"m"})
	attempt(t, m, switchboard.Attempt{Model: "m", Kind: switchboard.AttemptHedge, Outcome: "ok", FirstToken: time.Second})
	m.AttemptSkipped(t.Context(), "m", llm.SkipBusy)
	turn := aTurn()
	turn.Stops = []switchboard.Stop{{Guard: "quantity"}}
	m.Turn(turn)
	m.HTTP("/v1/models", "GET", 200, time.Second)
	m.Handoff(switchboard.HandoffRequested)
	m.CSAT(5)
	m.Shed("late")
	m.BudgetDenied("model_month_usd")
	m.AnswerCache("hit")
	return m
}

// The table of docs/signals.md is the metrics that there are, and its rules ask for no others.
func TestTheDocumentedSignals(t *testing.T) {
	doc, err := os.ReadFile("../../docs/signals.md")
	if err != nil {
		t.Fatal(err)
	}
	suffix := regexp.MustCompile(`_(bucket|sum|count)$`)
	there := map[string]bool{}
	for line := range strings.Lines(scrape(t, all(t))) {
		name := suffix.ReplaceAllString(regexp.MustCompile(`^[a-z_]+`).FindString(line), "")
		if !strings.HasPrefix(name, "switchboard_go_") && !strings.HasPrefix(name, "switchboard_process_") {
			there[name] = true
		}
	}
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)`").FindAllStringSubmatch(string(doc), -1) {
		documented["switchboard_"+row[1]] = true
	}
	for name := range there {
		if !documented[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
	for name := range documented {
		if !there[name] {
			t.Errorf("%s is in the table alone", name)
		}
	}

	_, rest, _ := strings.Cut(string(doc), "    groups:\n")
	rules, _, _ := strings.Cut(rest, "\n## ")
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte("groups:\n"+regexp.MustCompile(`(?m)^ {4}`).ReplaceAllString(rules, "")), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) < 5 {
		t.Fatalf("the rules are not read: %+v", file)
	}
	for _, r := range file.Groups[0].Rules {
		names := regexp.MustCompile(`switchboard_[a-z_]+`).FindAllString(r.Expr, -1)
		if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return !there[suffix.ReplaceAllString(n, "")] }) {
			t.Errorf("%s asks for what is not there: %s", r.Alert, r.Expr)
		}
		if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") || strings.Count(r.Expr, "{") != strings.Count(r.Expr, "}") {
			t.Errorf("%s is not balanced: %s", r.Alert, r.Expr)
		}
	}
}
