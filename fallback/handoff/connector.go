package handoff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard"
)

// connector speaks one system's language. Everything under one delivery's ID is one thing to the other side, however often
// it is sent; a connector to a system that knows no such ids looks for what is there before it makes another.
type connector interface {
	// send makes one try. It is done when the other side has it for good.
	send(ctx context.Context, d switchboard.Delivery) result
}

// connectors are the systems that there are, the likeliest to be the primary one first. A new one is a row here and a file.
var connectors = []struct {
	name string
	make func(c Config) (connector, error) // nil where it is not configured
}{
	{"webhook", func(c Config) (connector, error) { return makeIf(c.Webhook.URL, c, newHook, c.Webhook) }},
	{"zendesk", func(c Config) (connector, error) { return makeIf(c.Zendesk.URL, c, newZendesk, c.Zendesk) }},
	{"chatwoot", func(c Config) (connector, error) { return makeIf(c.Chatwoot.URL, c, newChatwoot, c.Chatwoot) }},
	{"email", func(c Config) (connector, error) { return makeIf(c.Email.Host, c, newEmail, c.Email) }},
	{"slack", func(c Config) (connector, error) { return makeIf(c.Slack.URL, c, newSlack, c.Slack) }},
}

func makeIf[T any, C connector](key string, c Config, build func(Config, T) (C, error), of T) (connector, error) {
	if key == "" {
		return nil, nil
	}
	made, err := build(c, of)
	if err != nil {
		return nil, err
	}
	return made, nil
}

// connect makes what is configured, and says which of it is the primary one: the one whose acknowledgement counts.
func connect(c Config) (made map[string]connector, primary string, err error) {
	made = map[string]connector{}
	for _, row := range connectors {
		one, err := row.make(c)
		if err != nil {
			return nil, "", err
		}
		if one == nil {
			continue
		}
		made[row.name] = one
		if primary == "" || row.name == c.Primary {
			primary = row.name
		}
	}
	if c.Primary != "" && primary != c.Primary {
		return nil, "", fmt.Errorf("handoff: primary is %q, which is not configured", c.Primary)
	}
	return made, primary, nil
}

// result is what became of a try. Reason is for logs and staff: it holds neither the other side's words nor the URL.
type result struct {
	accepted  bool
	refused   bool // for good
	notBefore time.Duration
	reason    string
	ack       switchboard.Acknowledgement
}

// bounded is a client that follows no redirect: that would take the customer's words to an address that nobody configured.
func bounded(client *http.Client) *http.Client {
	if client == nil {
		// Each request has a connection of its own: on one that is used again, a second answer to the request before would
		// be taken for the answer to this one, and a person promised whom nobody has promised.
		client = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: timeout,
			MaxResponseHeaderBytes: most, DisableKeepAlives: true,
		}}
	}
	out := *client
	out.Timeout = timeout
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &out
}

// checkURL takes an address of the web. Its error does not repeat it: it may hold a key.
func checkURL(what, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("handoff " + what + ": the URL must be http:// or https:// with a host")
	}
	return nil
}

// api is a JSON API under one address.
type api struct {
	base   string // without a slash at its end
	client *http.Client
	now    func() time.Time
	sign   func(*http.Request)
}

// errNo is an answer that is not the one asked for, as a result.
type errNo struct{ result }

func (e errNo) Error() string { return e.reason }

// do makes one call, and reads the answer into out where its status is one of those wanted.
func (a api) do(ctx context.Context, method, path string, header map[string]string, in, out any, wanted ...int) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return errNo{result{refused: true, reason: "the request cannot be made"}}
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return errNo{result{refused: true, reason: "the request cannot be made"}}
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "switchboard")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	a.sign(req)
	resp, err := a.client.Do(req)
	if err != nil {
		return errNo{result{reason: failure(ctx, err)}}
	}
	defer resp.Body.Close() //nolint:errcheck // it is only read
	for _, status := range wanted {
		if resp.StatusCode == status {
			return a.read(ctx, resp, out)
		}
	}
	r := judge(resp, a.now())
	if r.accepted { // a success of another kind than is documented is none
		r.accepted, r.reason = false, fmt.Sprintf("status %d is not what was expected", resp.StatusCode)
	}
	return errNo{r}
}

// mostJSON bounds an answer that is read.
const mostJSON = 4 << 20

func (a api) read(ctx context.Context, resp *http.Response, out any) error {
	if out == nil {
		_, _ = io.CopyN(io.Discard, resp.Body, most)
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, mostJSON))
	if err != nil {
		return errNo{result{reason: failure(ctx, err)}}
	}
	if json.Unmarshal(b, out) != nil {
		return errNo{result{reason: "the answer is not as documented"}}
	}
	return nil
}

// resultOf is what a connector says at the end of its calls.
func resultOf(err error, ack switchboard.Acknowledgement) result {
	var no errNo
	switch {
	case errors.As(err, &no):
		return no.result
	case err != nil:
		return result{reason: "failed"}
	}
	return result{accepted: true, reason: "accepted", ack: ack}
}

// undocumented is an answer without what it must have.
func undocumented() error { return errNo{result{reason: "the answer is not as documented"}} }

// subject names a request in a line.
func subject(r switchboard.HandoffRequest) string {
	s := "Customer asks for a person: " + r.Reference
	if r.Urgency != "" {
		s = "URGENT (" + r.Urgency + "): " + s
	}
	return oneLine(s)
}

// text is a request, or a message, for people to read.
func text(d switchboard.Delivery) string {
	r := d.Request
	if d.Kind == switchboard.DeliverMessage {
		var b strings.Builder
		for _, l := range r.Transcript {
			b.WriteString(string(l.Text))
		}
		return b.String()
	}
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, oneLine(value))
		}
	}
	line("Reference", r.Reference)
	line("Urgent", r.Urgency)
	line("Reason", string(r.Reason))
	line("Language", r.Locale)
	line("Contact", r.Contact)
	line("Note", string(r.Note))
	line("Conversation", r.ConversationID)
	fmt.Fprintf(&b, "\n%s\n\nTranscript\n", r.Summary)
	for _, l := range r.Transcript {
		fmt.Fprintf(&b, "%s %s: %s\n", l.At.UTC().Format("15:04"), l.Role, l.Text)
	}
	return b.String()
}

// oneLine keeps what customers wrote from beginning lines of its own: headers, above all.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == 0x85 }), " ")
}

// address is a contact that is an e-mail address, "" where it is none.
func address(contact string) string {
	local, host, ok := strings.Cut(contact, "@")
	if !ok || local == "" || !strings.Contains(host, ".") || strings.ContainsAny(contact, " \t\r\n<>,;\"'()\\") || strings.Contains(host, "@") {
		return ""
	}
	return contact
}
