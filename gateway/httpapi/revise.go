package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

// Each change of a document is a revision with an author and a reason, and makes a new candidate. Customers are answered
// from it once somebody promotes it.

type createBody struct {
	Document documentBody `json:"document"`
	Reason   string       `json:"reason"`
}

type editBody struct {
	Document documentBody `json:"document"`
	Reason   string       `json:"reason"`
	Expect   string       `json:"expect"` // the hash that the document must have
}

type retireBody struct {
	On     string `json:"on"` // the last day on which it applies; yesterday if left out
	Reason string `json:"reason"`
	Expect string `json:"expect"`
}

type removeBody struct {
	Reason string `json:"reason"`
	Expect string `json:"expect"`
}

// revisionBody is a revision. Content is what the document was changed into, in histories.
type revisionBody struct {
	Number    int            `json:"number"`
	At        time.Time      `json:"at"`
	Author    string         `json:"author"`
	Reason    string         `json:"reason"`
	Action    library.Action `json:"action"`
	Document  string         `json:"document_id"`
	Before    string         `json:"before,omitzero"` // hashes
	After     string         `json:"after,omitzero"`
	Candidate string         `json:"candidate"`
	Content   *documentBody  `json:"content,omitzero"`
}

func revisionOf(r library.Revision, content bool) revisionBody {
	b := revisionBody{
		Number: r.Number, At: r.At, Author: r.Author, Reason: r.Reason, Action: r.Action, Document: r.Document,
		Before: r.Before, After: r.After, Candidate: r.Candidate,
	}
	if content && r.Content != nil {
		whole := bodyOf(*r.Content)
		b.Content = &whole
	}
	return b
}

func (s *Server) createDocument(c *gin.Context, who caller) error {
	var in createBody
	if err := decodeBody(c, maxDocumentBody, strict, false, &in); err != nil {
		return err
	}
	d, err := in.Document.document()
	if err != nil {
		return err
	}
	return s.revise(c, who, library.Revision{Action: library.Create, Reason: in.Reason, Document: d.ID, Content: &d}, "")
}

func (s *Server) editDocument(c *gin.Context, who caller) error {
	id, err := documentID(c)
	if err != nil {
		return err
	}
	var in editBody
	if err := decodeBody(c, maxDocumentBody, strict, false, &in); err != nil {
		return err
	}
	if in.Document.ID == "" {
		in.Document.ID = id
	}
	d, err := in.Document.document()
	if err != nil {
		return err
	}
	if d.ID != (kb.Document{ID: id}).Normalize().ID {
		return switchboard.FieldError("document.id", "A document keeps its id: create another and let it supersede this one.")
	}
	return s.revise(c, who, library.Revision{Action: library.Edit, Reason: in.Reason, Document: d.ID, Content: &d}, in.Expect)
}

func (s *Server) retireDocument(c *gin.Context, who caller) error {
	id, err := documentID(c)
	if err != nil {
		return err
	}
	var in retireBody
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return err
	}
	on, err := readDay("on", in.On)
	if err != nil {
		return err
	}
	return s.revise(c, who, library.Revision{
		Action: library.Retire, Reason: in.Reason, Document: id, Content: &kb.Document{ValidTo: on},
	}, in.Expect)
}

func (s *Server) removeDocument(c *gin.Context, who caller) error {
	id, err := documentID(c)
	if err != nil {
		return err
	}
	var in removeBody
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return err
	}
	return s.revise(c, who, library.Revision{Action: library.Remove, Reason: in.Reason, Document: id}, in.Expect)
}

// revise makes a revision, writes down who did, and answers with it.
func (s *Server) revise(c *gin.Context, who caller, r library.Revision, expect string) error {
	if err := checkWhy(r.Reason); err != nil {
		return err
	}
	expect, err := readExpect(c, expect)
	if err != nil {
		return err
	}
	r.Author = who.author()
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		r, err := l.Revise(ctx, r, expect)
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("revision %d, candidate %s", r.Number, r.Candidate)
		if err := s.note(c, who, "documents."+string(r.Action), r.Document, detail); err != nil {
			return err
		}
		setETag(c, r.After)
		status := http.StatusOK
		if r.Action == library.Create {
			status = http.StatusCreated
			c.Writer.Header()["Location"] = []string{"/v1/admin/documents/" + url.PathEscape(r.Document)}
		}
		writeJSON(c, status, jsonType, revisionOf(r, false))
		return nil
	})
}
