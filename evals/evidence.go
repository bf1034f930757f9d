package evals

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// The checks on what a reply rests on.

func cited(r Reply) []string {
	var ids []string
	for _, c := range r.Answer.Citations {
		if !slices.Contains(ids, c.DocumentID) {
			ids = append(ids, c.DocumentID)
		}
	}
	return ids
}

func listed(ids []string) string {
	if len(ids) == 0 {
		return "nothing"
	}
	return strings.Join(ids, ", ")
}

// each scores a list of which all must be there. Under not- one that is there is enough to fail, so the score is for
// any of them, and the caller turns it round.
func each(a Assertion, found string, there func(item string) bool) (Score, error) {
	var yes, no []string
	for _, item := range a.Value.Items() {
		if there(item) {
			yes = append(yes, item)
		} else {
			no = append(no, item)
		}
	}
	if a.Not {
		return verdict(len(yes) > 0, "there: %s; all: %s", listed(yes), found)
	}
	return verdict(len(no) == 0, "missing: %s; there: %s", listed(no), found)
}

// scoreCites checks that each document of the value is cited; not-cites, that none is.
func scoreCites(_ context.Context, a Assertion, r Reply) (Score, error) {
	ids := cited(r)
	return each(a, listed(ids), func(want string) bool { return slices.Contains(ids, want) })
}

// scoreCitesAny checks that one document of the value is cited at least.
func scoreCitesAny(_ context.Context, a Assertion, r Reply) (Score, error) {
	ids := cited(r)
	one := slices.ContainsFunc(a.Value.Items(), func(want string) bool { return slices.Contains(ids, want) })
	return verdict(one, "it cites %s", listed(ids))
}

// ranked splits "document@3" into the document and how far down it may be found; 0 is anywhere.
func ranked(item string) (document string, within int, ok bool) {
	document, at, has := strings.Cut(item, "@")
	if !has {
		return item, 0, item != ""
	}
	within, err := strconv.Atoi(at)
	return document, within, err == nil && within > 0 && document != ""
}

func wantRanked(a Assertion) string {
	if problem := wantItems(a); problem != "" {
		return problem
	}
	for _, item := range a.Value.Items() {
		if _, _, ok := ranked(item); !ok {
			return fmt.Sprintf("want a document's id, or id@3 for among the best three, not %q", item)
		}
	}
	return ""
}

var errNoRecord = unsupported("the record of the turn is not known over HTTP")

// scoreRetrieves checks that each document of the value was among the passages found, and high enough;
// not-retrieves, that none was.
func scoreRetrieves(_ context.Context, a Assertion, r Reply) (Score, error) {
	if r.Record == nil {
		return Score{}, errNoRecord
	}
	var ids []string
	for _, p := range r.Record.Passages {
		ids = append(ids, p.DocumentID)
	}
	return each(a, listed(ids), func(item string) bool {
		document, within, _ := ranked(item)
		rank := slices.Index(ids, document) + 1
		return rank > 0 && (within == 0 || rank <= within)
	})
}

// leastGrounded is the groundedness that is asked for where an assertion states none.
const leastGrounded = 0.5

// scoreGrounded checks that the reply is supported by what it cites: it cites something, each citation is of a passage
// that was found, each marker has its citation, and the least grounded sentence reaches the threshold.
func scoreGrounded(_ context.Context, a Assertion, r Reply) (Score, error) {
	if r.Record == nil {
		return Score{}, errNoRecord
	}
	if len(r.Answer.Citations) == 0 {
		return verdict(false, "nothing is cited")
	}
	for _, c := range r.Answer.Citations {
		if !slices.ContainsFunc(r.Record.Passages, func(p switchboard.Passage) bool { return p.ID == c.PassageID }) {
			return verdict(false, "citation %d is of a passage that was not found: %s", c.N, c.PassageID)
		}
		if !strings.Contains(r.Answer.Text, "["+strconv.Itoa(c.N)+"]") {
			return verdict(false, "citation %d has no marker in the text", c.N)
		}
	}
	least := leastGrounded
	if a.Threshold != nil {
		least = *a.Threshold
	}
	got := r.Record.Grounded
	return Score{
		Value: got, Pass: got+rounding >= least,
		Reason: fmt.Sprintf("the least grounded sentence has %.2f, the threshold is %g", got, least),
	}, nil
}

// scoreRecords checks that the recorded turn has each value somewhere in it; with not-, that it has none of them. It
// is how a suite proves that personal data is not kept.
func scoreRecords(_ context.Context, a Assertion, r Reply) (Score, error) {
	if r.Record == nil {
		return Score{}, errNoRecord
	}
	record, err := json.Marshal(r.Record)
	if err != nil {
		return Score{}, err
	}
	return each(a, "the record of "+r.Record.ID, func(item string) bool {
		quoted, _ := json.Marshal(item) // a string always marshals
		return strings.Contains(string(record), strings.Trim(string(quoted), `"`))
	})
}
