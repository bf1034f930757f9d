package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which of the project's packages each of them may import. A new arrow is a line here and a reason.
// Every package may import the root, which imports nothing of ours.
var arrows = map[string][]string{
	"switchboard": {},

	"switchboard/prompts": {},

	"switchboard/kb":                 {"switchboard/kb/analysis", "switchboard/kb/analysis/spell", "switchboard/kb/vector"},
	"switchboard/kb/analysis":        {},
	"switchboard/kb/analysis/spell":  {},
	"switchboard/kb/ingest/web":      {},
	"switchboard/kb/demo":            {},
	"switchboard/kb/ingest":          {"switchboard/kb", "switchboard/kb/ingest/hidden", "switchboard/kb/ingest/pdf"},
	"switchboard/kb/kbeval":          {"switchboard/kb"},
	"switchboard/kb/lint":            {"switchboard/kb"},
	"switchboard/kb/vector":          {"switchboard/kb/vector/half"},
	"switchboard/kb/vector/half":     {},
	"switchboard/kb/embed":           {"switchboard/kb/vector/half"},
	"switchboard/kb/embed/embedtest": {},
	"switchboard/kb/library":         {"switchboard/kb", "switchboard/kb/demo", "switchboard/kb/ingest"},

	"switchboard/kb/ingest/hidden": {},
	"switchboard/kb/ingest/pdf":    {},

	"switchboard/fallback":                 {"switchboard/fallback/guard", "switchboard/fallback/privacy", "switchboard/fallback/internal/lex", "switchboard/fallback/internal/phrase"},
	"switchboard/fallback/guard":           {"switchboard/fallback/internal/lex", "switchboard/fallback/internal/phrase"},
	"switchboard/fallback/privacy":         {"switchboard/fallback/internal/lex", "switchboard/fallback/internal/phrase"},
	"switchboard/fallback/gaps":            {"switchboard/fallback/internal/lex"},
	"switchboard/fallback/handoff":         {},
	"switchboard/fallback/internal/lex":    {},
	"switchboard/fallback/internal/phrase": {"switchboard/fallback/internal/lex"},

	"switchboard/gateway": {
		"switchboard/fallback", "switchboard/fallback/guard", "switchboard/fallback/privacy", "switchboard/gateway/llm",
		"switchboard/kb", "switchboard/prompts", "switchboard/kb/ingest/hidden", // what of a passage speaks to models
	},
	"switchboard/gateway/llm":                   {"switchboard/gateway/llm/quote"},
	"switchboard/gateway/llm/quote":             {},
	"switchboard/gateway/llm/llmtest":           {},
	"switchboard/gateway/ledger":                {"switchboard/gateway/ledger/internal/query"},
	"switchboard/gateway/ledger/internal/query": {},
	"switchboard/gateway/ledger/ledgertest":     {"switchboard/gateway/ledger"},
	"switchboard/gateway/quota":                 {"switchboard/gateway/llm", "switchboard/gateway/session"}, // it is a chain's budget, on a store's counters
	"switchboard/gateway/admission":             {},
	"switchboard/gateway/session":               {},
	"switchboard/gateway/session/sessiontest":   {"switchboard/gateway/session"},
	"switchboard/gateway/telemetry":             {"switchboard/gateway/llm"}, // it observes chains, in their own words
	"switchboard/gateway/web":                   {},
	"switchboard/gateway/web/webtest":           {"switchboard/gateway/web"},
	"switchboard/gateway/web/internal/bundle":   {},
	"switchboard/gateway/web/internal/mkwidget": {"switchboard/gateway/web/internal/bundle"},
	// managers' revisions are the library's own words, gaps are theirs, and a month's statement is quota's: to say them again
	// here would be a copy
	"switchboard/gateway/httpapi": {
		"switchboard/fallback/gaps", "switchboard/gateway", "switchboard/gateway/admission", "switchboard/gateway/quota", "switchboard/gateway/session",
		"switchboard/gateway/web", "switchboard/kb", "switchboard/kb/library",
	},

	"switchboard/evals":        {"switchboard/gateway"},
	"switchboard/evals/report": {"switchboard/evals", "switchboard/fallback"}, // it draws what was measured of the scope model
	"switchboard/evals/suites": {},
	"switchboard/evals/audit":  {"switchboard/evals"}, // it makes suites, and pairs of their results
	// it alters what the knowledge base says and shows it to the guards, with no turn between
	"switchboard/evals/altered": {"switchboard/fallback/guard", "switchboard/kb"},
	// it sends hostile texts through whole turns to a model that obeys them
	"switchboard/evals/hostile":    {"switchboard/gateway", "switchboard/gateway/llm/llmtest", "switchboard/kb"},
	"switchboard/evals/drill":      {"switchboard/gateway/ledger", "switchboard/gateway/llm/llmtest"}, // what was recorded; the stubs
	"switchboard/evals/answerable": {"switchboard/fallback", "switchboard/kb", "switchboard/kb/ingest", "switchboard/kb/kbeval"},

	"switchboard/gateway/testserver": {}, // real Redis and PostgreSQL, for tests of any package

	"switchboard/cmd/drill": {"switchboard/evals/drill"},
	"switchboard/cmd/switchboard": {
		"switchboard/evals", "switchboard/evals/altered", "switchboard/evals/answerable", "switchboard/evals/hostile", "switchboard/gateway/llm/llmtest", "switchboard/evals/audit", "switchboard/evals/report", "switchboard/evals/suites", "switchboard/fallback",
		"switchboard/fallback/gaps", "switchboard/fallback/guard", "switchboard/fallback/handoff", "switchboard/fallback/privacy", "switchboard/gateway", "switchboard/gateway/httpapi", "switchboard/gateway/ledger", "switchboard/gateway/llm", "switchboard/gateway/quota",
		"switchboard/gateway/session", "switchboard/gateway/telemetry", "switchboard/gateway/web", "switchboard/kb",
		"switchboard/kb/embed", "switchboard/kb/ingest", "switchboard/kb/ingest/hidden", "switchboard/kb/ingest/web", "switchboard/kb/kbeval", "switchboard/kb/library", "switchboard/kb/lint", "switchboard/prompts",
	},
}

func TestImportsFollowTheArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "switchboard/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		allowed, known := arrows[p.ImportPath]
		if !known {
			t.Errorf("%s is in no row of the table of arrows", p.ImportPath)
		}
		for _, imported := range p.Imports {
			ours := strings.HasPrefix(imported, "switchboard/") || imported == "switchboard"
			if ours && imported != "switchboard" && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s, for which there is no arrow", p.ImportPath, imported)
			}
			if imported == "switchboard" && p.ImportPath == "switchboard" {
				t.Error("the root imports itself")
			}
		}
	}
}
