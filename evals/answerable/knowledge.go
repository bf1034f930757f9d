package answerable

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
)

// Look searches for a question as a turn does, and gives what is judged. Where the policy is about another knowledge base,
// scoped is false, and its scope and its words for the search do not count.
func Look(ctx context.Context, p *fallback.Policy, snap *kb.Snapshot, text switchboard.Masked, lang string, scoped bool) (fallback.EvidenceInput, error) {
	in := fallback.EvidenceInput{Question: string(text), Lang: lang, Route: fallback.Route{Scope: 0.5, Search: string(text)}}
	if scoped {
		in.Route = p.Route(fallback.RouteInput{Text: text, Lang: lang})
	}
	found, err := snap.Search(ctx, kb.Query{Text: in.Route.Search, K: passagesJudged, Lang: lang})
	if err != nil {
		return in, fmt.Errorf("search for a question: %w", err)
	}
	in.Passages = found
	in.Rarity, in.MostIDF = snap.Rarity(ctx, lang)
	return in, nil
}

// SelfMade is a question made of a document, asked of its knowledge base with and without the document.
type SelfMade struct {
	Question string
	Document int // its place
	fallback.EvidenceRow
}

// documentsAsked is of how many documents questions are made at most: a few seconds' work.
const documentsAsked = 400

// outsideAsked is how many questions of other trades are asked, in each language.
const outsideAsked = 400

// FromKnowledge makes questions of what documents say, spread over all of them, and asks each twice: of the whole knowledge
// base, and as if its document were not there.
func FromKnowledge(ctx context.Context, p *fallback.Policy, snap *kb.Snapshot, scoped bool) (rows []SelfMade, err error) {
	docs := snap.Documents()
	step := max(1, (len(docs)+documentsAsked-1)/documentsAsked)
	for i := 0; i < len(docs); i += step {
		d, err := snap.Document(ctx, docs[i].ID)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", docs[i].ID, err)
		}
		rarity, _ := snap.Rarity(ctx, d.Lang)
		for _, q := range questionsOf(d, rarity) {
			in, err := Look(ctx, p, snap, switchboard.Masked(q), d.Lang, scoped)
			if err != nil {
				return nil, err
			}
			with := slices.ContainsFunc(in.Passages, func(x switchboard.Passage) bool { return x.DocumentID == d.ID })
			if !with {
				continue // not found at all: whether it is answered is not known
			}
			rows = append(rows, SelfMade{q, i, fallback.EvidenceRow{Signs: p.Signs(in), Answerable: true}})
			in.Passages = slices.DeleteFunc(slices.Clone(in.Passages), func(x switchboard.Passage) bool { return x.DocumentID == d.ID })
			rows = append(rows, SelfMade{q, i, fallback.EvidenceRow{Signs: p.Signs(in)}})
		}
	}
	// What the policy calls out of scope, no knowledge base of its answers.
	for _, lang := range p.Languages() {
		for i, q := range p.Outside(lang) {
			if i >= outsideAsked {
				break
			}
			in, err := Look(ctx, p, snap, switchboard.Masked(q), lang, scoped)
			if err != nil {
				return nil, err
			}
			rows = append(rows, SelfMade{q, len(docs) + i, fallback.EvidenceRow{Signs: p.Signs(in)}})
		}
	}
	return rows, nil
}

// questionsOf makes questions of a document: its own, where it has some, its title, and what a customer would say of it
// in a few words: telling ones of a sentence, with or without one of the title.
func questionsOf(d kb.Document, rarity func(string) float64) (out []string) {
	var sentences []string
	headings := 0
	for line := range strings.Lines(d.Body) {
		line = strings.TrimSpace(line)
		heading := strings.TrimLeft(line, "#*-> ")
		switch {
		case strings.HasSuffix(heading, "?") && len(heading) < 160 && headings < 3:
			out, headings = append(out, strings.Trim(heading, "*_")), headings+1
		case strings.HasPrefix(line, "#") && headings < 2:
			out, headings = append(out, d.Title+" "+heading), headings+1
		case len(line) > 40 && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "|"):
			sentences = append(sentences, strings.FieldsFunc(line, func(r rune) bool { return r == '.' || r == '!' || r == '?' })...)
		}
	}
	out = append(out, d.Title)
	sentences = slices.DeleteFunc(sentences, func(s string) bool { return len(strings.Fields(s)) < 6 })
	for n := 0; n < 3 && n < len(sentences); n++ {
		s := sentences[pick(d.ID, n, len(sentences))]
		words := telling(s, rarity, 3+n)
		if n == 1 {
			words = append(telling(d.Title, rarity, 1), words...)
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// pick is a number below n that depends on nothing but the document and the turn.
func pick(id string, turn, n int) int {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", id, turn)
	return int(h.Sum32() % uint32(n))
}

// telling are so many words of a sentence, of the rarer half, in its order: which ones, its length decides, for customers do
// not choose the rarest.
func telling(sentence string, rarity func(string) float64, n int) []string {
	words := strings.FieldsFunc(sentence, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '\'' })
	type rated struct {
		at   int
		rare float64
	}
	var all []rated
	for i, w := range words {
		if r := rarity(w); r > 0 {
			all = append(all, rated{i, r})
		}
	}
	slices.SortFunc(all, func(a, b rated) int {
		if a.rare != b.rare {
			if a.rare > b.rare {
				return -1
			}
			return 1
		}
		return a.at - b.at
	})
	all = all[:min(len(all), max(n, (len(all)+1)/2))]
	for len(all) > n {
		gone := pick(sentence, len(all), len(all))
		all = slices.Delete(all, gone, gone+1)
	}
	slices.SortFunc(all, func(a, b rated) int { return a.at - b.at })
	var out []string
	for _, r := range all {
		out = append(out, words[r.at])
	}
	return out
}
