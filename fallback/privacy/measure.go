package privacy

import (
	"maps"
	"slices"
)

// Labelled is a text with the personal data that it is known to have.
type Labelled struct {
	Text  string  `json:"text"`
	Spans []Known `json:"spans"`
}

// Known is one piece of it. Offsets are Unicode code points.
type Known struct {
	Type  string `json:"type"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Value string `json:"value"`
}

// Found is a labelled text with what a masker finds in it.
type Found struct {
	Labelled
	Found []Known `json:"found"`
}

// counterparts are the names that other tools have for types.
var counterparts = map[string]Type{
	"EMAIL_ADDRESS": Email, "PHONE_NUMBER": Phone, "CREDIT_CARD": Card, "IBAN_CODE": IBAN, "PERSON": Name, "STREET_ADDRESS": Address,
	"ZIP_CODE": Address, "US_SSN": ID, "US_DRIVER_LICENSE": ID, "US_PASSPORT": ID, "UK_NHS": ID, "IP_ADDRESS": IP, "GPE": Address, "DATE_TIME": Birthdate,
}

// beside are labels that need not be found: a town or a date alone is no personal data.
var beside = []string{"GPE", "DATE_TIME"}

// Share is how many of one sort there are, and how many of them are right.
type Share struct {
	Type  string  `json:"type"`
	Count int     `json:"count"`
	Right int     `json:"right"`
	Share float64 `json:"share"`
}

// Measured is what a masker finds of what is known (by the label's type), and how much of what it masks is personal by the
// labels (by its own type).
type Measured struct {
	Rows      int     `json:"rows"`
	Recall    []Share `json:"recall"`
	Precision []Share `json:"precision"`
}

// Look returns a text with what is found in it.
func (m *Masker) Look(row Labelled) Found {
	f := Found{Labelled: row, Found: []Known{}}
	at, point := 0, 0 // a byte, and the code point that begins there
	points := func(to int) int {
		for range row.Text[at:to] {
			point++
		}
		at = to
		return point
	}
	for _, sp := range m.Find(row.Text) {
		f.Found = append(f.Found, Known{string(sp.Type), points(sp.Start), points(sp.End), row.Text[sp.Start:sp.End]})
	}
	return f
}

// Measure counts. A known span is found when half of it is masked or more, of whatever type; what is masked is right when
// it touches a label of a type that this masker knows.
func (m *Masker) Measure(rows []Found) Measured {
	types := map[string]bool{}
	for _, t := range Types() {
		types[string(t)] = true
	}
	for _, p := range m.own {
		types[string(p.typ)] = true
	}
	recall, precision := map[string]Share{}, map[string]Share{}
	for _, r := range rows {
		for _, k := range r.Spans {
			if counterparts[k.Type] == "" && !types[k.Type] || slices.Contains(beside, k.Type) {
				continue
			}
			covered := 0
			for _, f := range r.Found {
				covered += max(0, min(f.End, k.End)-max(f.Start, k.Start))
			}
			count(recall, k.Type, 2*covered >= k.End-k.Start)
		}
		for _, f := range r.Found {
			count(precision, f.Type, slices.ContainsFunc(r.Spans, func(k Known) bool {
				personal := types[k.Type] || counterparts[k.Type] != "" && (k.Type != "DATE_TIME" || f.Type == string(Birthdate))
				return personal && f.Start < k.End && k.Start < f.End
			}))
		}
	}
	return Measured{len(rows), shares(recall), shares(precision)}
}

func count(m map[string]Share, typ string, right bool) {
	s := m[typ]
	s.Type = typ
	s.Count++
	if right {
		s.Right++
	}
	s.Share = float64(s.Right) / float64(s.Count)
	m[typ] = s
}

func shares(m map[string]Share) []Share {
	out := []Share{}
	for _, t := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[t])
	}
	return out
}
