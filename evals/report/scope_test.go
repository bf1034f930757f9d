package report_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"switchboard/evals/report"
	"switchboard/fallback"
)

func TestScopeHTML(t *testing.T) {
	rows := []fallback.Judged{
		{Text: "my bill", Label: "bills", Predicted: "bills", Nearest: "bills", Score: 0.1},
		{Text: "<script>alert(1)</script>", Label: "bills", Predicted: "phones", Nearest: "phones", Score: 0.2},
		{Text: "a joke", Label: fallback.OutOfScope, Predicted: "phones", Nearest: "phones", Score: 0.3},
		{Text: "the rain", Label: fallback.OutOfScope, Predicted: fallback.OutOfScope, Nearest: "bills", Score: 0.9},
	}
	for name, rows := range map[string][]fallback.Judged{"both sides": rows, "in scope alone": rows[:2], "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := report.ScopeHTML(&out, "abc123", 0.25, fallback.MeasureScope(rows), rows); err != nil {
				t.Fatal(err)
			}
			page := out.String()
			if !strings.HasPrefix(page, "<!doctype html>") {
				t.Errorf("it begins with %.40q", page)
			}
			for _, bad := range []string{"<script", "NaN", "http://", "https://", "src=", "ZgotmplZ"} {
				if strings.Contains(page, bad) {
					t.Errorf("the page has %q", bad)
				}
			}
			for part := range strings.SplitSeq(page, "<svg") {
				svg, _, found := strings.Cut(part, "</svg>")
				if !found {
					continue
				}
				dec := xml.NewDecoder(strings.NewReader("<svg" + svg + "</svg>"))
				for {
					if _, err := dec.Token(); err == io.EOF {
						break
					} else if err != nil {
						t.Fatalf("a picture is no XML: %v", err)
					}
				}
			}
			if name != "both sides" {
				return
			}
			for _, want := range []string{
				"abc123", "alert(1)", "<td class=\"say\">a joke</td><td>oos</td><td>phones</td><td class=\"n\">0.30</td>",
				// Wrong by coverage: none of the first, 1/2, 2/3, and 3/4 of all, which is the upper edge: answering all includes the rain.
				`<polyline points="114.0,290.0 184.0,103.3 254.0,41.1 324.0,10.0"/>`,
			} {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
		})
	}
}
