package answerable

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"switchboard"
	"switchboard/kb/ingest"
	"switchboard/kb/kbeval"
)

// Load reads a set: documents as kb import takes them, questions and their documents in the BEIR layout.
func Load(ctx context.Context, name, docs, queries, qrels string) (Set, error) {
	read, err := ingest.Read(ctx, ingest.Source{Paths: []string{docs}}, ingest.Options{})
	if err != nil {
		return Set{}, err
	}
	if len(read.Documents) == 0 {
		return Set{}, switchboard.Errorf(switchboard.NotFound, "no document could be read from %s", docs)
	}
	s := Set{Name: name, Docs: read.Documents}
	for i := range s.Docs {
		if s.Docs[i].Lang == "" {
			s.Docs[i].Lang = "en"
		}
	}
	s.Queries, err = kbeval.Load(queries, qrels)
	return s, err
}

// LoadAll reads every folder of dir that has queries.jsonl and qrels.tsv. Where it has no documents.jsonl, "docs" in
// docsOf names the folder that has. The questions of each set are foreign to the others.
func LoadAll(ctx context.Context, dir string, docsOf map[string]string) (sets []Set, err error) {
	found, err := filepath.Glob(filepath.Join(dir, "*", "qrels.tsv"))
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		folder := filepath.Dir(path)
		name, docs := filepath.Base(folder), filepath.Join(folder, "documents.jsonl")
		if other := docsOf[name]; other != "" {
			docs = filepath.Join(dir, other, "documents.jsonl")
		}
		s, err := Load(ctx, name, docs, filepath.Join(folder, "queries.jsonl"), path)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
		s.Near, err = Texts(filepath.Join(folder, "queries.jsonl"), func(r Text) bool { return r.Kind == "near" })
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	for i := range sets {
		for j, other := range sets {
			if j != i {
				sets[i].Foreign = append(sets[i].Foreign, some(other.Queries, foreignEach)...)
			}
		}
	}
	return sets, nil
}

// foreignEach is how many questions of each other set are asked.
const foreignEach = 100

// some are so many of the questions that stand on their own, spread over all.
func some(queries []kbeval.Query, n int) (texts []string) {
	step := max(1, len(queries)/n)
	for i := 0; i < len(queries); i += step {
		if len(queries[i].Relevant) > 0 && len(queries[i].History) == 0 {
			texts = append(texts, queries[i].Text)
		}
	}
	return texts
}

// Text is a row of a file of questions.
type Text struct {
	Text  string `json:"text"`
	Kind  string `json:"kind"`
	Label string `json:"label"`
}

// Texts reads the texts of the rows of a JSONL file that are wanted.
func Texts(path string, wanted func(Text) bool) (texts []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	for n := 1; lines.Scan(); n++ {
		var r Text
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if r.Text != "" && wanted(r) {
			texts = append(texts, r.Text)
		}
	}
	return texts, lines.Err()
}
