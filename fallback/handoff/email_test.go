package handoff_test

import (
	"bufio"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/fallback/handoff"
)

// sent is one mail as a mail server has it.
type sent struct {
	from, to string
	header   mail.Header
	body     string
}

// postOffice is a mail server that speaks as much SMTP as the standard wants of one, and takes commands in their order only.
type postOffice struct {
	t        *testing.T
	listener net.Listener
	serving  sync.WaitGroup

	mu    sync.Mutex
	mails []sent
	says  string // what it answers at the end of a mail
	drop  bool   // hangs up instead of that answer, once
}

func newPostOffice(t *testing.T) *postOffice {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{t: t, listener: l, says: "250 2.0.0 queued"}
	o.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			o.serving.Go(func() { defer c.Close(); o.serve(textproto.NewConn(c)) }) //nolint:errcheck // a test's
		}
	})
	t.Cleanup(func() { _ = l.Close(); o.serving.Wait() })
	return o
}

func (o *postOffice) config() handoff.Email {
	_, port, _ := net.SplitHostPort(o.listener.Addr().String())
	n, _ := strconv.Atoi(port)
	return handoff.Email{Host: "127.0.0.1", Port: n, From: "bot@vireo.example", To: "team@vireo.example", TLS: "none"}
}

func (o *postOffice) serve(c *textproto.Conn) {
	say := func(s string) { _ = c.PrintfLine("%s", s) }
	say("220 mail.example ESMTP")
	var m sent
	greeted := false
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(line); {
		case strings.HasPrefix(verb, "EHLO "):
			greeted = true
			say("250-mail.example")
			say("250 8BITMIME")
		case strings.HasPrefix(verb, "MAIL FROM:<") && greeted && m.from == "":
			m.from, _, _ = strings.Cut(line[len("MAIL FROM:<"):], ">")
			say("250 ok")
		case strings.HasPrefix(verb, "RCPT TO:<") && m.from != "" && m.to == "":
			m.to, _, _ = strings.Cut(line[len("RCPT TO:<"):], ">")
			say("250 ok")
		case verb == "DATA" && m.to != "":
			say("354 go on")
			if !o.data(c, m) {
				return
			}
			m = sent{}
		case verb == "RSET", verb == "NOOP":
			m = sent{}
			say("250 ok")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			o.t.Errorf("%q is out of order", line)
			say("503 out of order")
		}
	}
}

// data takes a mail in, and reports whether the connection goes on.
func (o *postOffice) data(c *textproto.Conn, m sent) bool {
	read, err := mail.ReadMessage(bufio.NewReader(c.DotReader()))
	if err != nil {
		o.t.Errorf("the mail cannot be read: %v", err)
		return false
	}
	var body io.Reader = read.Body
	if read.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		o.t.Errorf("the body cannot be read: %v", err)
	}
	m.header, m.body = read.Header, strings.ReplaceAll(string(text), "\r\n", "\n")
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.says[0] == '2' {
		o.mails = append(o.mails, m)
	}
	if o.drop {
		o.drop = false
		return false
	}
	_ = c.PrintfLine("%s", o.says)
	return true
}

func (d *desk) byMail(o *postOffice) *handoff.Dispatcher {
	return d.dispatcher(func(c *handoff.Config) { c.Webhook, c.Email = handoff.Webhook{}, o.config() })
}

// TestEmail: what stands in the envelope and in the header, and the same Message-ID where an answer was lost.
func TestEmail(t *testing.T) {
	d, o := newDesk(t, status(http.StatusTeapot)), newPostOffice(t)
	o.drop = true
	dispatcher, reference := d.byMail(o), d.request(1)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Fatalf("without an answer: state %s, want requested", got)
	}
	d.passes(time.Hour)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", got)
	}
	d.writes(reference, "turn_1", "Are you there?\n.\nHello?")
	d.run(dispatcher)
	d.await("the message", func() bool { n, err := d.ledger.Pending(t.Context()); return err == nil && n == 0 })
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.mails) != 3 {
		t.Fatalf("%d mails, want the request twice and a message", len(o.mails))
	}
	for i, want := range []map[string]string{
		{"Message-Id": "<" + reference + "@vireo.example>", "Subject": "Customer asks for a person: " + reference},
		{"Message-Id": "<" + reference + "@vireo.example>", "Subject": "Customer asks for a person: " + reference},
		{"Message-Id": "<turn_1@vireo.example>", "In-Reply-To": "<" + reference + "@vireo.example>", "Subject": "Customer writes: " + reference},
	} {
		m := o.mails[i]
		want["Auto-Submitted"], want["X-Switchboard-Reference"] = "auto-generated", reference
		want["From"], want["To"] = "<bot@vireo.example>", "<team@vireo.example>"
		for name, value := range want {
			if got := m.header[name]; len(got) != 1 || got[0] != value {
				t.Errorf("mail %d: %s is %q, want %q", i, name, got, value)
			}
		}
		if _, err := m.header.Date(); err != nil || m.from != "bot@vireo.example" || m.to != "team@vireo.example" {
			t.Errorf("mail %d: from %q to %q, date: %v", i, m.from, m.to, err)
		}
	}
	if got := o.mails[1].body; !strings.Contains(got, "Note: after 5 pm") || !strings.Contains(got, "user: Hello") {
		t.Errorf("body %q", got)
	}
	if got := strings.TrimSpace(o.mails[2].body); got != "Are you there?\n.\nHello?" {
		t.Errorf("message %q", got)
	}
}

// TestEmailAnswers: only 2xx is an acknowledgement; 4xx is asked again, 5xx is given up.
func TestEmailAnswers(t *testing.T) {
	for says, want := range map[string]switchboard.HandoffState{
		"250 ok": switchboard.HandoffAcknowledged, "451 their words": switchboard.HandoffRequested, "554 their words": switchboard.HandoffFailed,
	} {
		d, o := newDesk(t, status(http.StatusTeapot)), newPostOffice(t)
		o.says = says
		if got := d.byMail(o).DeliverNow(t.Context(), d.request(1), long); got != want {
			t.Errorf("%q: state %s, want %s", says, got, want)
		}
	}
}

// TestEmailHeaderInjection: nothing that a customer, or a policy, can write becomes a header or a recipient.
func TestEmailHeaderInjection(t *testing.T) {
	for i, evil := range []string{
		"x\r\nBcc: evil@example.org", "x\nBcc: evil@example.org\n\nbody", "x\rBcc: evil@example.org",
		"a@b.example\r\nBcc: evil@example.org", "a@b.example>, <evil@example.org", "a@b.example\u2028Bcc: evil@example.org",
		"\r\n.\r\nMAIL FROM:<evil@example.org>", "=?utf-8?q?x=0D=0ABcc:_evil@example.org?=", "a@b.example\x00", strings.Repeat("é", 3000),
	} {
		d, o := newDesk(t, status(http.StatusTeapot)), newPostOffice(t)
		reference := d.requestOf(switchboard.HandoffRequest{
			Reference: fmt.Sprintf("H-%04d-EVIL", i), Locale: evil, Contact: evil, Note: switchboard.Masked(evil), Summary: evil, Urgency: evil,
			Reason: switchboard.Reason(evil), Transcript: []switchboard.Line{{Role: switchboard.RoleUser, Text: switchboard.Masked(evil), At: d.time()}},
		})
		if got := d.byMail(o).DeliverNow(t.Context(), reference, long); got != switchboard.HandoffAcknowledged {
			t.Errorf("%q: state %s", evil, got)
		}
		if len(o.mails) != 1 {
			t.Errorf("%q: %d mails", evil, len(o.mails))
			continue
		}
		m := o.mails[0]
		for name := range m.header {
			if !mailHeaders[name] {
				t.Errorf("%q: header %s: %q", evil, name, m.header[name])
			}
		}
		if reply := m.header.Get("Reply-To"); reply != "" || m.to != "team@vireo.example" {
			t.Errorf("%q: replies to %q, sent to %q", evil, reply, m.to)
		}
	}
}

var mailHeaders = map[string]bool{
	"From": true, "To": true, "Subject": true, "Date": true, "Message-Id": true, "Mime-Version": true, "User-Agent": true, "X-Mailer": true,
	"Auto-Submitted": true, "X-Auto-Response-Suppress": true, "X-Switchboard-Reference": true, "Content-Type": true,
	"Content-Transfer-Encoding": true, "Importance": true, "Priority": true, "X-Priority": true, "X-Msmail-Priority": true,
}
