package handoff

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"switchboard"
)

// Email is a mailbox of the support team, by SMTP. Its acknowledgement is the mail server's: the mail is in its queue. The
// Message-ID is made of the reference, so that mailboxes know a second copy.
type Email struct {
	Host     string
	Port     int // 0 is 587
	From     string
	To       string
	User     string // "" signs in to nothing
	Password string
	TLS      string // starttls (the default), tls, or none for a server on the same machine
}

type email struct {
	Email

	log *slog.Logger
}

func newEmail(c Config, e Email) (*email, error) {
	if e.Port == 0 {
		e.Port = 587
	}
	if address(e.From) == "" || address(e.To) == "" {
		return nil, errors.New("handoff email: it needs addresses from and to")
	}
	if e.TLS != "" && e.TLS != "starttls" && e.TLS != "tls" && e.TLS != "none" {
		return nil, errors.New("handoff email: tls must be starttls, tls or none")
	}
	if e.TLS == "none" && e.User != "" {
		return nil, errors.New("handoff email: a password is not sent in clear; use tls: starttls")
	}
	return &email{Email: e, log: c.Log}, nil
}

func (e *email) send(ctx context.Context, d switchboard.Delivery) result {
	m, err := e.message(d)
	if err != nil {
		return result{refused: true, reason: "the mail cannot be made"}
	}
	options := []mail.Option{mail.WithPort(e.Port), mail.WithTimeout(timeout)}
	switch e.TLS {
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case "tls":
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.User), mail.WithPassword(e.Password))
	}
	client, err := mail.NewClient(e.Host, options...)
	if err != nil {
		return result{refused: true, reason: "the mail cannot be made"}
	}
	return mailed(ctx, client.DialAndSendWithContext(ctx, m))
}

func mailed(ctx context.Context, err error) result {
	var no *mail.SendError
	switch {
	case err == nil:
		return result{accepted: true, reason: "accepted"}
	case errors.As(err, &no) && no.Reason == mail.ErrSMTPReset:
		return result{accepted: true, reason: "accepted"} // it was taken; only the good-bye went wrong
	case errors.As(err, &no) && !no.IsTemp() && no.ErrorCode() >= 500:
		return result{refused: true, reason: "the mail server refused it"}
	case errors.As(err, &no):
		return result{reason: "the mail server did not take it"}
	case errors.Is(err, io.EOF):
		return result{reason: "no connection"}
	}
	return result{reason: failure(ctx, err)}
}

func (e *email) message(d switchboard.Delivery) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.From(e.From); err != nil {
		return nil, err
	}
	if err := m.To(e.To); err != nil {
		return nil, err
	}
	r := d.Request
	if contact := address(r.Contact); contact != "" {
		_ = m.ReplyTo(contact) // an address that is none stands in the text
	}
	title := subject(r)
	if d.Kind == switchboard.DeliverMessage {
		title = "Customer writes: " + oneLine(r.Reference)
		m.SetGenHeader(mail.HeaderInReplyTo, "<"+e.id(r.Reference)+">")
	}
	m.Subject(title)
	m.SetMessageIDWithValue(e.id(d.ID))
	m.SetDateWithValue(time.Now())
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader("X-Switchboard-Reference", oneLine(r.Reference))
	if r.Urgency != "" {
		m.SetImportance(mail.ImportanceUrgent)
	}
	m.SetBodyString(mail.TypeTextPlain, text(d))
	return m, nil
}

func (e *email) id(delivery string) string {
	_, host, _ := strings.Cut(e.From, "@")
	return oneLine(delivery) + "@" + host
}
