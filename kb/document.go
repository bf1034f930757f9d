package kb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AudiencePublic is the audience of documents that name none, and of queries that name none.
const AudiencePublic = "public"

// Limits of a document. They keep one bad source from taking the whole index with it.
const (
	MaxIDBytes        = 256
	MaxTitleBytes     = 1 << 10 // of the topics together, too
	MaxQuestionsBytes = 16 << 10
	MaxBodyBytes      = 16 << 20
)

// Document is what is ingested: one article, FAQ entry or page, in Markdown.
type Document struct {
	ID         string // unique in a snapshot
	Title      string
	URL        string // shown with citations; may be empty
	Lang       string // BCP 47 primary tag: "en", "es"
	Audience   string // "public", "business", "internal", or a plan
	Owner      string
	ValidFrom  time.Time // first day on which it applies; zero = always did
	ValidTo    time.Time // last day on which it applies; zero = always will
	ReviewBy   time.Time // the day by which the owner promised to look at it again; zero = none
	Supersedes []string  // ids of documents that this one replaces while it is valid
	Topics     []string  // what it is filed under, outermost first: category, product, the thing that it is about; searched like headings
	// Questions are what a manager has pinned this document to: asked in these words, it comes first.
	Questions []string
	Body      string // Markdown
}

// canonicalDocument fixes the names and the order of fields in the canonical form. Changing it changes every
// snapshot's id: raise formatVersion with it.
type canonicalDocument struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	URL        string   `json:"url,omitempty"`
	Lang       string   `json:"lang"`
	Audience   string   `json:"audience"`
	Owner      string   `json:"owner,omitempty"`
	ValidFrom  string   `json:"valid_from,omitempty"`
	ValidTo    string   `json:"valid_to,omitempty"`
	ReviewBy   string   `json:"review_by,omitempty"`
	Supersedes []string `json:"supersedes,omitempty"`
	Topics     []string `json:"topics,omitempty"`
	Questions  []string `json:"questions,omitempty"`
	Body       string   `json:"body"`
}

// Normalize returns d in the one form in which it is stored: Unicode NFC, Unix line ends, no trailing blanks, dates
// as UTC midnights, a primary language tag ("en" where there is none), an audience, sorted Supersedes.
func (d Document) Normalize() Document {
	d.ID = strings.TrimSpace(norm.NFC.String(d.ID))
	d.Title = strings.Join(strings.Fields(norm.NFC.String(d.Title)), " ")
	d.URL = strings.TrimSpace(d.URL)
	d.Lang = PrimaryLang(d.Lang)
	if d.Lang == "" {
		d.Lang = "en"
	}
	d.Audience = strings.ToLower(strings.TrimSpace(d.Audience))
	if d.Audience == "" {
		d.Audience = AudiencePublic
	}
	d.Owner = strings.TrimSpace(norm.NFC.String(d.Owner))
	d.ValidFrom, d.ValidTo, d.ReviewBy = day(d.ValidFrom), day(d.ValidTo), day(d.ReviewBy)
	d.Supersedes = normalizeIDs(d.Supersedes)
	d.Topics, d.Questions = normalizeLines(d.Topics), normalizeLines(d.Questions)
	d.Body = normalizeBody(d.Body)
	return d
}

func normalizeIDs(ids []string) []string {
	var out []string
	for _, id := range ids {
		if id = strings.TrimSpace(norm.NFC.String(id)); id != "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// normalizeLines keeps the order: topics are a path.
func normalizeLines(lines []string) []string {
	var out []string
	for _, t := range lines {
		if t = strings.Join(strings.Fields(norm.NFC.String(t)), " "); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func normalizeBody(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.TrimRight(norm.NFC.String(s), " \t\n")
}

// PrimaryLang is the primary part of a language tag in lower case: "en" for "en-GB" and "en_US", "" for "".
func PrimaryLang(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	tag, _, _ = strings.Cut(tag, "_")
	return tag
}

// day is the UTC midnight of t's own calendar day.
func day(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Check says what is wrong with d, nil if nothing is. It sees d alone; CheckAll sees documents together.
func (d Document) Check() error {
	topics, questions := strings.Join(d.Topics, "\n"), strings.Join(d.Questions, "\n")
	for _, s := range []string{d.ID, d.Title, d.URL, d.Lang, d.Audience, d.Owner, topics, questions, d.Body} {
		if !utf8.ValidString(s) {
			return errors.New("text is not valid UTF-8")
		}
		if strings.IndexByte(s, 0) >= 0 {
			return errors.New("text has a null byte")
		}
	}
	switch {
	case d.ID == "":
		return errors.New("no id")
	case len(d.ID) > MaxIDBytes:
		return fmt.Errorf("id is longer than %d bytes", MaxIDBytes)
	case strings.ContainsAny(d.ID, "\n\r\t"):
		return errors.New("id has a line break or a tab")
	case len(d.Title) > MaxTitleBytes:
		return fmt.Errorf("title is longer than %d bytes", MaxTitleBytes)
	case len(topics) > MaxTitleBytes:
		return fmt.Errorf("topics are longer than %d bytes", MaxTitleBytes)
	case len(questions) > MaxQuestionsBytes:
		return fmt.Errorf("questions are longer than %d bytes", MaxQuestionsBytes)
	case len(d.Body) > MaxBodyBytes:
		return fmt.Errorf("body is longer than %d bytes", MaxBodyBytes)
	case d.Title == "" && strings.TrimSpace(d.Body) == "":
		return errors.New("no title and no text")
	case !validLang(d.Lang):
		return fmt.Errorf("lang %.20q is not a language tag", d.Lang)
	case !d.ValidFrom.IsZero() && !d.ValidTo.IsZero() && d.ValidTo.Before(d.ValidFrom):
		return fmt.Errorf("valid_to %s is before valid_from %s", date(d.ValidTo), date(d.ValidFrom))
	case slices.Contains(d.Supersedes, d.ID):
		return errors.New("supersedes itself")
	}
	return nil
}

// validLang accepts what may be a primary language tag: two to eight lower-case letters.
func validLang(s string) bool {
	for _, r := range s {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return len(s) >= 2 && len(s) <= 8
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// canonical is d, which must be normalised, as one line of JSON without its line break.
func (d Document) canonical() ([]byte, error) {
	return json.Marshal(canonicalDocument{
		ID: d.ID, Title: d.Title, URL: d.URL, Lang: d.Lang, Audience: d.Audience, Owner: d.Owner,
		ValidFrom: date(d.ValidFrom), ValidTo: date(d.ValidTo), ReviewBy: date(d.ReviewBy),
		Supersedes: d.Supersedes, Topics: d.Topics, Questions: d.Questions, Body: d.Body,
	})
}

func parseCanonical(line []byte) (Document, error) {
	var c canonicalDocument
	if err := json.Unmarshal(line, &c); err != nil {
		return Document{}, err
	}
	d := Document{
		ID: c.ID, Title: c.Title, URL: c.URL, Lang: c.Lang, Audience: c.Audience, Owner: c.Owner,
		Supersedes: c.Supersedes, Topics: c.Topics, Questions: c.Questions, Body: c.Body,
	}
	for _, f := range []struct {
		from string
		to   *time.Time
	}{{c.ValidFrom, &d.ValidFrom}, {c.ValidTo, &d.ValidTo}, {c.ReviewBy, &d.ReviewBy}} {
		if f.from == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, f.from)
		if err != nil {
			return Document{}, err
		}
		*f.to = t
	}
	return d, nil
}

// Hash is the SHA-256 of d's canonical form, in hexadecimal: equal for documents that would be stored alike.
func (d Document) Hash() string {
	sum := d.Normalize().hash()
	return hex.EncodeToString(sum[:])
}

// hash is that of d, which must be normalised.
func (d Document) hash() [sha256.Size]byte {
	b, err := d.canonical()
	if err != nil { // strings and dates only: JSON cannot fail on them
		panic("kb: canonical form: " + err.Error())
	}
	return sha256.Sum256(b)
}

// CheckAll says everything that is wrong with documents that are to be one snapshot: each on its own, ids that occur
// twice, documents that supersede each other in a circle. A superseded id that is not among them is no error, since
// old documents are deleted sooner or later.
func CheckAll(docs []Document) error {
	err := checkEach(docs)
	if cycle := SupersedesCycle(docs); cycle != nil {
		err = errors.Join(err, fmt.Errorf("documents supersede each other in a circle: %s", strings.Join(cycle, " > ")))
	}
	return err
}

// checkEach is CheckAll without the circles.
func checkEach(docs []Document) error {
	var errs []error
	seen := make(map[string]bool, len(docs))
	for _, d := range docs {
		if err := d.Check(); err != nil {
			errs = append(errs, fmt.Errorf("document %q: %w", d.ID, err))
		}
		if seen[d.ID] {
			errs = append(errs, fmt.Errorf("document %q: id occurs twice", d.ID))
		}
		seen[d.ID] = true
	}
	return errors.Join(errs...)
}

// SupersedesCycle returns the ids along one circle of Supersedes, first and last the same, or nil if there is none.
func SupersedesCycle(docs []Document) []string {
	next := make(map[string][]string, len(docs))
	for _, d := range docs {
		next[d.ID] = d.Supersedes
	}
	const onPath, done = 1, 2
	state := make(map[string]int, len(docs))
	var path []string
	var visit func(id string) []string
	visit = func(id string) []string {
		switch state[id] {
		case done:
			return nil
		case onPath:
			return append(slices.Clone(path[slices.Index(path, id):]), id)
		}
		state[id] = onPath
		path = append(path, id)
		for _, n := range next[id] {
			if cycle := visit(n); cycle != nil {
				return cycle
			}
		}
		path = path[:len(path)-1]
		state[id] = done
		return nil
	}
	for _, d := range docs {
		if cycle := visit(d.ID); cycle != nil {
			return cycle
		}
	}
	return nil
}
