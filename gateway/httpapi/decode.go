package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"switchboard"
)

// Limits of what a request may hold. Lengths of text are in characters (Unicode code points).
const (
	maxBody        = 64 << 10  // bytes
	maxChatBody    = 256 << 10 // bytes, of the OpenAI face, which sends the whole history each time
	maxDiscard     = 4 << 20   // bytes of a body too large that are read and thrown away, so that the answer is read
	maxText        = 4000
	maxComment     = 2000
	maxReason      = 64
	maxContact     = 200
	maxClientID    = 128
	maxLocale      = 35
	maxContextKeys = 20
	maxContextKey  = 64
	maxContextText = 500
)

// strict refuses unknown members; lenient ignores them. A member that stands twice counts once, the last one.
var (
	strict  = json.JoinOptions(json.RejectUnknownMembers(true), jsontext.AllowDuplicateNames(true))
	lenient = json.JoinOptions(json.RejectUnknownMembers(false), jsontext.AllowDuplicateNames(true))
)

// decodeBody reads a JSON body into v. Where empty is true, no body at all is allowed and leaves v alone.
func decodeBody(c *gin.Context, limit int64, o json.Options, empty bool, v any) error {
	if empty && c.Request.ContentLength == 0 {
		return nil
	}
	body, err := readBody(c, limit)
	if err != nil {
		return err
	}
	switch {
	case len(body) == 0 && empty:
		return nil
	case len(body) == 0:
		return switchboard.Errorf(switchboard.InvalidJSON, "A JSON object is needed as the body.")
	}
	if err := checkMediaType(c.Request.Header); err != nil {
		return err
	}
	return decode(body, o, v)
}

func checkMediaType(h http.Header) error {
	ct := h.Get("Content-Type")
	if ct != "application/json" {
		media, params, err := mime.ParseMediaType(ct)
		if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
			return switchboard.Errorf(switchboard.UnsupportedMediaType, "The Content-Type must be application/json, in UTF-8.")
		}
	}
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return switchboard.Errorf(switchboard.UnsupportedMediaType, "The body must not be compressed.")
	}
	return nil
}

// readBody reads at most limit bytes, within the time that hurryBody has set. Of a body that is too large, some more is read, because a
// client that is still sending would not see the answer.
func readBody(c *gin.Context, limit int64) ([]byte, error) {
	r := c.Request
	tooLarge := switchboard.Errorf(switchboard.BodyTooLarge, "The body must be at most %d bytes.", limit)
	if r.ContentLength > limit && r.Header.Get("Expect") != "" {
		return nil, tooLarge // the client waits for a word before it sends: don't ask it to
	}
	var b bytes.Buffer
	if n := r.ContentLength; n > 0 && n <= limit {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, switchboard.Errorf(switchboard.InvalidJSON, "The body did not arrive whole.").Because(err)
	}
	if n > limit {
		_, _ = io.CopyN(io.Discard, r.Body, maxDiscard)
		return nil, tooLarge
	}
	arrived(c)
	return b.Bytes(), nil
}

// decode turns JSON into v, and a decoder's errors into words for the caller.
func decode(body []byte, o json.Options, v any) error {
	err := json.Unmarshal(body, v, o)
	if err == nil {
		return nil
	}
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return switchboard.Errorf(switchboard.InvalidJSON, "The body is not one valid JSON value in UTF-8.").Because(err)
	}
	field := fieldPath(semantic.JSONPointer)
	switch {
	case field == "":
		return switchboard.Errorf(switchboard.InvalidJSON, "The body must be a JSON object.")
	case errors.Is(err, json.ErrUnknownName):
		return switchboard.FieldError(field, "There is no such field.")
	}
	return switchboard.FieldError(field, "This has the wrong type.")
}

// fieldPath turns "/messages/0/content" into "messages.0.content". A caller's own names are cut where they are long.
func fieldPath(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(token)
	}
	path := b.String()
	if len(path) > 100 {
		path = strings.ToValidUTF8(path[:100], "") + "…"
	}
	return path
}

// messageBody is one message of a customer.
type messageBody struct {
	Text            string `json:"text"`
	ClientMessageID string `json:"client_message_id"`
}

func (b *messageBody) check() error {
	if err := checkMessage("text", b.Text); err != nil {
		return err
	}
	return checkClientID(b.ClientMessageID)
}

func checkMessage(field, text string) error {
	if utf8.RuneCountInString(text) > maxText {
		e := switchboard.Errorf(switchboard.MessageTooLong, "A message must be at most %d characters.", maxText)
		e.Field = field
		return e
	}
	if strings.IndexByte(text, 0) >= 0 {
		return switchboard.FieldError(field, "This must not contain null characters.")
	}
	if !strings.ContainsFunc(text, visible) {
		return switchboard.FieldError(field, "This must not be empty.")
	}
	return nil
}

// visible tells what a reader can see from spaces, controls and joiners.
func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

func checkClientID(id string) error {
	if len(id) > maxClientID {
		return switchboard.FieldError("client_message_id", "This must be at most %d characters.", maxClientID)
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return switchboard.FieldError("client_message_id", "This must be printable ASCII without spaces.")
		}
	}
	return nil
}

// checkShort bounds a text that may be empty.
func checkShort(field, text string, most int) error {
	if utf8.RuneCountInString(text) > most {
		return switchboard.FieldError(field, "This must be at most %d characters.", most)
	}
	if strings.IndexByte(text, 0) >= 0 {
		return switchboard.FieldError(field, "This must not contain null characters.")
	}
	return nil
}

// openingBody begins a conversation.
type openingBody struct {
	Locale    string            `json:"locale"`
	Context   map[string]string `json:"context"`
	Audiences []string          `json:"audiences"` // of a secret key only
	Identity  string            `json:"identity"`  // what the operator's backend has signed of the customer
}

func (b *openingBody) check() error {
	if b.Locale != "" && !isLocale(b.Locale) {
		return switchboard.FieldError("locale", `This must be a language tag such as "en" or "es-MX".`)
	}
	if len(b.Context) > maxContextKeys {
		return switchboard.FieldError("context", "This must have at most %d members.", maxContextKeys)
	}
	for name, text := range b.Context {
		if err := checkShort("context", name, maxContextKey); err != nil {
			return err
		}
		if err := checkShort("context."+name, text, maxContextText); err != nil {
			return err
		}
	}
	return nil
}

// isLocale accepts the shape of BCP 47 tags: two or three letters, then parts of up to eight letters or digits.
func isLocale(s string) bool {
	if len(s) > maxLocale {
		return false
	}
	for i, part := range strings.FieldsFunc(s+" ", func(r rune) bool { return r == '-' || r == '_' }) {
		part = strings.TrimSuffix(part, " ")
		if part == "" || len(part) > 8 || i == 0 && (len(part) < 2 || len(part) > 3) {
			return false
		}
		for _, r := range part {
			if !isLetter(r) && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return isLetter(rune(s[0]))
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// feedbackBody is a word on one reply.
type feedbackBody struct {
	Rating  string `json:"rating"`
	Reason  string `json:"reason"`
	Comment string `json:"comment"`
}

func (b *feedbackBody) check() error {
	if b.Rating != "up" && b.Rating != "down" {
		return switchboard.FieldError("rating", `This must be "up" or "down".`)
	}
	if err := checkShort("reason", b.Reason, maxReason); err != nil {
		return err
	}
	return checkShort("comment", b.Comment, maxComment)
}

// csatBody is a word on a whole conversation.
type csatBody struct {
	Score   int    `json:"score"`
	Comment string `json:"comment"`
}

func (b *csatBody) check() error {
	if b.Score < 1 || b.Score > 5 {
		return switchboard.FieldError("score", "This must be a whole number from 1 to 5.")
	}
	return checkShort("comment", b.Comment, maxComment)
}

// handoffBody asks for a human.
type handoffBody struct {
	Contact string `json:"contact"`
	Note    string `json:"note"`
}

func (b *handoffBody) check() error {
	if err := checkShort("contact", b.Contact, maxContact); err != nil {
		return err
	}
	return checkShort("note", b.Note, maxComment)
}
