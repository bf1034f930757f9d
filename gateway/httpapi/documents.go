package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

// documentFields are a document's, but for what it says. Their names are those of front matter.
type documentFields struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	URL        string   `json:"url"`
	Lang       string   `json:"lang"`
	Audience   string   `json:"audience"`
	Owner      string   `json:"owner"`
	ValidFrom  string   `json:"valid_from,omitzero"` // the first day, such as 2026-01-31
	ValidTo    string   `json:"valid_to,omitzero"`   // the last day
	ReviewBy   string   `json:"review_by,omitzero"`
	Supersedes []string `json:"supersedes"`
	Topics     []string `json:"topics"`
	Questions  []string `json:"questions"`
}

// documentBody is a whole document.
type documentBody struct {
	documentFields
	Body string `json:"body"`
}

// listedDocument is a document in a list.
type listedDocument struct {
	documentFields
	documentFacts
}

// wholeDocument is a document with all that is known of it.
type wholeDocument struct {
	documentBody
	documentFacts
}

// documentFacts are what the knowledge base knows of a document.
type documentFacts struct {
	Hash      string         `json:"hash"`
	Origin    library.Origin `json:"origin,omitzero"`
	State     library.State  `json:"state"`
	ReviewDue bool           `json:"review_due"`
	Draft     bool           `json:"draft"`
}

func fieldsOf(d kb.Document) documentFields {
	return documentFields{
		ID: d.ID, Title: d.Title, URL: d.URL, Lang: d.Lang, Audience: d.Audience, Owner: d.Owner,
		ValidFrom: dateText(d.ValidFrom), ValidTo: dateText(d.ValidTo), ReviewBy: dateText(d.ReviewBy),
		Supersedes: d.Supersedes, Topics: d.Topics, Questions: d.Questions,
	}
}

func bodyOf(d kb.Document) documentBody { return documentBody{fieldsOf(d), d.Body} }

func factsOf(e library.Entry) documentFacts {
	return documentFacts{Hash: e.Hash, Origin: e.Origin, State: e.State, ReviewDue: e.ReviewDue, Draft: e.Draft}
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// document checks what kb.Document.Check cannot know: what dates look like, and what a page would do with a link.
func (b *documentBody) document() (d kb.Document, err error) {
	d = kb.Document{
		ID: b.ID, Title: b.Title, URL: b.URL, Lang: b.Lang, Audience: b.Audience, Owner: b.Owner,
		Supersedes: b.Supersedes, Topics: b.Topics, Questions: b.Questions, Body: b.Body,
	}.Normalize()
	switch u, bad := url.Parse(d.URL); {
	case d.ID == "":
		return d, switchboard.FieldError("document.id", "A document needs an id.")
	case bad != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return d, switchboard.FieldError("document.url", "This must be an http or https address.")
	case !isAudience(d.Audience):
		return d, checkAudiences("document.audience", []string{d.Audience})
	}
	for _, f := range []struct {
		field, from string
		to          *time.Time
	}{{"valid_from", b.ValidFrom, &d.ValidFrom}, {"valid_to", b.ValidTo, &d.ValidTo}, {"review_by", b.ReviewBy, &d.ReviewBy}} {
		if *f.to, err = readDay("document."+f.field, f.from); err != nil {
			return d, err
		}
	}
	if err := d.Check(); err != nil {
		return d, switchboard.FieldError("document", "%s", err)
	}
	return d, nil
}

// readDay reads a day; "" is none.
func readDay(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return t, switchboard.FieldError(field, "This must be a date such as 2026-01-31.")
	}
	return t, nil
}

// documentID is the id in the path.
func documentID(c *gin.Context) (string, error) {
	id := c.Param("id")
	if !utf8.ValidString(id) {
		return "", switchboard.Errorf(switchboard.NotFound, "No document has such an id.")
	}
	return id, nil
}

type documentsBody struct {
	Snapshot   string           `json:"snapshot"`
	Served     bool             `json:"served"`
	Documents  []listedDocument `json:"documents"`
	NextCursor string           `json:"next_cursor,omitzero"`
}

// documents lists documents by id.
func (s *Server) documents(c *gin.Context, _ caller) error {
	f, err := readFilter(c)
	if err != nil {
		return err
	}
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		snapshot, err := readSnapshot(c, l, "snapshot")
		if err != nil {
			return err
		}
		page, err := l.Browse(ctx, snapshot, f)
		if err != nil {
			return err
		}
		out := documentsBody{Snapshot: page.Snapshot, Served: page.Served}
		for _, e := range page.Entries {
			out.Documents = append(out.Documents, listedDocument{fieldsOf(e.Document), factsOf(e)})
		}
		if page.More {
			out.NextCursor = cursorAt(page.Entries[len(page.Entries)-1].ID)
		}
		writeJSON(c, http.StatusOK, jsonType, out)
		return nil
	})
}

func readFilter(c *gin.Context) (f library.Filter, err error) {
	p, err := readPaging(c)
	if err != nil {
		return f, err
	}
	f = library.Filter{
		Lang: c.Query("lang"), Audience: c.Query("audience"), State: library.State(c.Query("state")), After: p.after, Limit: p.limit,
	}
	if f.Text, err = readText(c, "q", maxQuery); err != nil {
		return f, err
	}
	if f.Owner, err = readText(c, "owner", maxQuery); err != nil {
		return f, err
	}
	switch {
	case f.Lang != "" && !isLocale(f.Lang):
		err = switchboard.FieldError("lang", `This must be a language such as "en".`)
	case f.Audience != "" && !isAudience(f.Audience):
		err = switchboard.FieldError("audience", "This must be the name of an audience.")
	case f.State != "" && !slices.Contains(library.States, f.State):
		err = switchboard.FieldError("state", "This must be one of live, expired, future, superseded, review_due and draft.")
	}
	return f, err
}

type documentAnswer struct {
	Snapshot string        `json:"snapshot"`
	Served   bool          `json:"served"`
	Document wholeDocument `json:"document"`
}

// document shows one whole.
func (s *Server) document(c *gin.Context, _ caller) error {
	id, err := documentID(c)
	if err != nil {
		return err
	}
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		snapshot, err := readSnapshot(c, l, "snapshot")
		if err != nil {
			return err
		}
		page, err := l.Look(ctx, snapshot, id)
		if err != nil {
			return err
		}
		e := page.Entries[0]
		setETag(c, e.Hash)
		writeJSON(c, http.StatusOK, jsonType, documentAnswer{page.Snapshot, page.Served, wholeDocument{bodyOf(e.Document), factsOf(e)}})
		return nil
	})
}

type documentDiffBody struct {
	From    string        `json:"from"`
	To      string        `json:"to"`
	Changes []fieldChange `json:"changes"`
}

// fieldChange is a field that differs. Where a snapshot does not have the document, all of its fields are empty there.
type fieldChange struct {
	Field string `json:"field"`
	From  any    `json:"from"`
	To    any    `json:"to"`
}

// documentDiff compares a document in two snapshots, by default in what is served and in the head.
func (s *Server) documentDiff(c *gin.Context, _ caller) error {
	id, err := documentID(c)
	if err != nil {
		return err
	}
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		from, to, err := readSides(c, l)
		if err != nil {
			return err
		}
		old, hadOld, err := lookUp(ctx, l, from, id)
		if err != nil {
			return err
		}
		now, hasNow, err := lookUp(ctx, l, to, id)
		if err != nil {
			return err
		}
		if !hadOld && !hasNow {
			return switchboard.Errorf(switchboard.NotFound, "Neither snapshot has the document.")
		}
		writeJSON(c, http.StatusOK, jsonType, documentDiffBody{from, to, changesOf(old, now)})
		return nil
	})
}

// lookUp reads a document of a snapshot that may not have it.
func lookUp(ctx context.Context, l *library.Library, snapshot, id string) (documentBody, bool, error) {
	page, err := l.Look(ctx, snapshot, id)
	if switchboard.KindOf(err) == switchboard.NotFound {
		return documentBody{}, false, nil
	}
	if err != nil {
		return documentBody{}, false, err
	}
	return bodyOf(page.Entries[0].Document), true, nil
}

func changesOf(old, now documentBody) []fieldChange {
	var changes []fieldChange
	text := func(field, from, to string) {
		if from != to {
			changes = append(changes, fieldChange{field, from, to})
		}
	}
	list := func(field string, from, to []string) {
		if !slices.Equal(from, to) {
			changes = append(changes, fieldChange{field, from, to})
		}
	}
	text("title", old.Title, now.Title)
	text("url", old.URL, now.URL)
	text("lang", old.Lang, now.Lang)
	text("audience", old.Audience, now.Audience)
	text("owner", old.Owner, now.Owner)
	text("valid_from", old.ValidFrom, now.ValidFrom)
	text("valid_to", old.ValidTo, now.ValidTo)
	text("review_by", old.ReviewBy, now.ReviewBy)
	list("supersedes", old.Supersedes, now.Supersedes)
	list("topics", old.Topics, now.Topics)
	list("questions", old.Questions, now.Questions)
	text("body", old.Body, now.Body)
	return changes
}

type revisionsBody struct {
	Revisions  []revisionBody `json:"revisions"`
	NextCursor string         `json:"next_cursor,omitzero"`
}

// revisions lists what was done to a document, the latest first. One that was removed still has its history.
func (s *Server) revisions(c *gin.Context, _ caller) error {
	id, err := documentID(c)
	if err != nil {
		return err
	}
	p, err := readPaging(c)
	if err != nil {
		return err
	}
	before := 0
	if p.after != "" {
		if before, err = strconv.Atoi(p.after); err != nil || before < 1 {
			return switchboard.FieldError("cursor", "This must be the next_cursor of a page before.")
		}
	}
	return s.managed(c, func(_ context.Context, l *library.Library) error {
		all, err := l.Revisions(id)
		if err != nil {
			return err
		}
		if before > 0 {
			all = slices.DeleteFunc(all, func(r library.Revision) bool { return r.Number >= before })
		}
		out := revisionsBody{}
		for _, r := range all[:min(len(all), p.limit)] {
			out.Revisions = append(out.Revisions, revisionOf(r, true))
		}
		if len(all) > p.limit {
			out.NextCursor = cursorAt(strconv.Itoa(all[p.limit-1].Number))
		}
		writeJSON(c, http.StatusOK, jsonType, out)
		return nil
	})
}
