package altered

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"switchboard"
	"switchboard/fallback/guard"
)

// Attribution is how well the groundedness score tells responses that their knowledge backs from those that it does not.
type Attribution struct {
	Rows  int     `json:"rows"`
	AUROC float64 `json:"auroc"`
	// FifthsLow and FifthsHigh are the AUROC of the worst and the best of five disjoint fifths of the rows.
	FifthsLow  float64 `json:"fifths_low"`
	FifthsHigh float64 `json:"fifths_high"`
}

// ReadAttribution measures rows {"knowledge", "response", "begin_label"} in JSONL. Generic responses claim nothing and are
// left out.
func ReadAttribution(r io.Reader) (Attribution, error) {
	var with, without []float64
	err := rows(r, func(row struct {
		Knowledge, Response string
		Label               string `json:"begin_label"`
	}) {
		score := guard.Support(row.Response, "en", switchboard.Passage{Text: row.Knowledge, Lang: "en"})
		switch row.Label {
		case "Fully attributable":
			with = append(with, score)
		case "Not fully attributable":
			without = append(without, score)
		}
	})
	if err == nil && (len(with) < 5 || len(without) < 5) {
		err = fmt.Errorf("%d attributable and %d other responses are too few to measure", len(with), len(without))
	}
	if err != nil {
		return Attribution{}, err
	}
	a := Attribution{Rows: len(with) + len(without), AUROC: auroc(with, without), FifthsLow: 1}
	for k := range 5 {
		part := auroc(every(with, k), every(without, k))
		a.FifthsLow, a.FifthsHigh = min(a.FifthsLow, part), max(a.FifthsHigh, part)
	}
	return a, nil
}

func every(all []float64, k int) (out []float64) {
	for i := k; i < len(all); i += 5 {
		out = append(out, all[i])
	}
	return out
}

// auroc is the chance that a score of the first kind is above one of the second.
func auroc(high, low []float64) float64 {
	wins := 0.0
	for _, a := range high {
		for _, b := range low {
			switch {
			case a > b:
				wins++
			case a == b:
				wins += 0.5
			}
		}
	}
	return wins / float64(len(high)*len(low))
}

// ReadMarkup checks rows {"text"} in JSONL as sentences of a reply over a passage that says something else, and calls
// through for each that is let out.
func ReadMarkup(r io.Reader, through func(text string)) (Row, error) {
	out := Row{Kind: "markup", Altered: true}
	d := guard.Draft{Lang: "en", Passages: []switchboard.Passage{{Lang: "en", Text: "The shop opens at nine."}}}.Prepared()
	err := rows(r, func(row struct{ Text string }) {
		d.Sentence = row.Text
		out.Tried++
		if v := guard.Check(d); v.OK {
			through(row.Text)
		} else {
			out.Stopped++
		}
	})
	out.Share = share(out)
	return out, err
}

// rows decodes JSONL.
func rows[T any](r io.Reader, each func(T)) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 4<<20)
	for n := 1; sc.Scan(); n++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		each(row)
	}
	return sc.Err()
}
