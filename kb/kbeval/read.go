package kbeval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxLine bounds a line of the input files.
const maxLine = 1 << 20

// Load reads queries.jsonl and qrels.tsv from two paths. See Read.
func Load(queriesPath, qrelsPath string) ([]Query, error) {
	q, err := os.Open(queriesPath)
	if err != nil {
		return nil, fmt.Errorf("queries: %w", err)
	}
	defer q.Close()
	r, err := os.Open(qrelsPath)
	if err != nil {
		return nil, fmt.Errorf("judgements: %w", err)
	}
	defer r.Close()
	return Read(q, r)
}

// turn is a line of a query's history: a string, or an object with a text.
type turn string

// UnmarshalJSON takes both.
func (t *turn) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var row struct {
			Text string `json:"text"`
		}
		err := json.Unmarshal(b, &row)
		*t = turn(row.Text)
		return err
	}
	return json.Unmarshal(b, (*string)(t))
}

// Read reads queries, rows of {"_id","text","lang"?,"history"?}, and judgements, lines of query, document and grade separated
// by tabs, with or without a header. Grades below 1 mean "not relevant" and are dropped; judgements of unknown
// queries are too. The queries keep their order.
func Read(queries, qrels io.Reader) ([]Query, error) {
	var all []Query
	at := map[string]int{}
	err := lines(queries, func(n int, line string) error {
		var row struct {
			ID   string `json:"_id"`
			Text string `json:"text"`
			Lang string `json:"lang"`
			// History is what was said before, oldest first: strings, or objects with a text.
			History []turn `json:"history"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return fmt.Errorf("queries, line %d: %w", n, err)
		}
		if row.ID == "" || row.Text == "" {
			return fmt.Errorf("queries, line %d: needs _id and text", n)
		}
		at[row.ID] = len(all)
		q := Query{ID: row.ID, Text: row.Text, Lang: row.Lang, Relevant: map[string]int{}}
		for _, t := range row.History {
			q.History = append(q.History, string(t))
		}
		all = append(all, q)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = lines(qrels, func(n int, line string) error {
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			return fmt.Errorf("judgements, line %d: has %d columns, not 3", n, len(f))
		}
		grade, err := strconv.Atoi(f[2])
		if err != nil {
			if n == 1 { // the header
				return nil
			}
			return fmt.Errorf("judgements, line %d: %.20q is no grade", n, f[2])
		}
		if i, ok := at[f[0]]; ok && grade > 0 {
			all[i].Relevant[f[1]] = grade
		}
		return nil
	})
	return all, err
}

func lines(r io.Reader, each func(n int, line string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<16), maxLine)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		if err := each(n, line); err != nil {
			return err
		}
	}
	return sc.Err()
}
