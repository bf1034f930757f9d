package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/kb/library"
)

const (
	maxQuestions = 50
	defaultDepth = 50
	maxDepth     = 200
)

// previewBody asks how a document would be cut and how it would fare, before it is written.
type previewBody struct {
	Document  documentBody `json:"document"`
	Questions []string     `json:"questions"` // left out: those that it is pinned to, and its title
	K         *int         `json:"k"`         // how many passages are looked at for each question
}

func (b *previewBody) check() error {
	if len(b.Questions) > maxQuestions {
		return switchboard.FieldError("questions", "There must be at most %d questions.", maxQuestions)
	}
	for i, q := range b.Questions {
		if err := checkQuery("questions."+strconv.Itoa(i), q, maxQuery); err != nil {
			return err
		}
	}
	if b.K != nil && (*b.K < 1 || *b.K > maxDepth) {
		return switchboard.FieldError("k", "This must be a whole number from 1 to %d.", maxDepth)
	}
	return nil
}

type previewAnswer struct {
	Document  documentBody     `json:"document"` // as it would be stored: offsets are into its body
	Passages  []cutPassage     `json:"passages"`
	Snapshot  string           `json:"snapshot"` // that would be the candidate
	AsOf      string           `json:"as_of"`
	Questions []rankedQuestion `json:"questions"`
}

// cutPassage is a passage with where it stands in the document's body, in bytes.
type cutPassage struct {
	ID      string   `json:"passage_id"`
	Section []string `json:"section"`
	Text    string   `json:"text"`
	Start   int      `json:"start"`
	End     int      `json:"end"`
}

// rankedQuestion is how the document fares with a question.
type rankedQuestion struct {
	Question string       `json:"question"`
	Rank     *int         `json:"rank"` // among documents; null where it is not among those looked at
	Passage  string       `json:"passage_id,omitzero"`
	Score    float64      `json:"score"`
	First    *firstAnswer `json:"first"` // what wins; null where nothing is found
}

type firstAnswer struct {
	Document string  `json:"document_id"`
	Passage  string  `json:"passage_id"`
	Title    string  `json:"title"`
	Score    float64 `json:"score"`
}

func (s *Server) previewDocument(c *gin.Context, _ caller) error {
	var in previewBody
	if err := decodeBody(c, maxDocumentBody, strict, false, &in); err != nil {
		return err
	}
	d, err := in.Document.document()
	if err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	depth := defaultDepth
	if in.K != nil {
		depth = *in.K
	}
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		p, err := l.Preview(ctx, d, in.Questions, depth)
		if err == nil {
			writeJSON(c, http.StatusOK, jsonType, previewOf(p))
		}
		return err
	})
}

func previewOf(p library.Preview) previewAnswer {
	out := previewAnswer{Document: bodyOf(p.Document), Snapshot: p.Snapshot, AsOf: dateText(p.AsOf)}
	for _, x := range p.Passages {
		out.Passages = append(out.Passages, cutPassage{ID: x.ID, Section: x.Section, Text: x.Text, Start: x.Start, End: x.End})
	}
	for _, r := range p.Ranks {
		q := rankedQuestion{Question: r.Question, Passage: r.Passage, Score: r.Score}
		if r.Rank > 0 {
			q.Rank = &r.Rank
		}
		if f := r.First; f.ID != "" {
			q.First = &firstAnswer{Document: f.DocumentID, Passage: f.ID, Title: f.Title, Score: f.Score}
		}
		out.Questions = append(out.Questions, q)
	}
	return out
}
