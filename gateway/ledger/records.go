package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// Secret returns 32 random bytes that are made when they are first asked for by this name. Every process on the same
// database has the same ones. They are as secret as the database is.
func (l *Ledger) Secret(ctx context.Context, name string) ([]byte, error) {
	value, err := l.r.GetSecret(ctx, name)
	if err == nil {
		return hex.DecodeString(value)
	}
	if err = found("read secret", err, "none"); switchboard.KindOf(err) != switchboard.NotFound {
		return nil, err
	}
	var fresh [32]byte
	_, _ = rand.Read(fresh[:]) // never fails since Go 1.24
	_, err = l.w.InsertSecret(ctx, query.InsertSecretParams{
		Name: name, Value: hex.EncodeToString(fresh[:]), CreatedAt: micros(l.now()),
	})
	if err != nil {
		return nil, failed("make secret", err)
	}
	if value, err = l.w.GetSecret(ctx, name); err != nil { // another process may have been first
		return nil, failed("read secret", err)
	}
	return hex.DecodeString(value)
}

// RecordRelease records a release. One that is recorded already is left as it is.
func (l *Ledger) RecordRelease(ctx context.Context, r switchboard.Release) error {
	e := &encoder{}
	_, err := l.w.InsertRelease(ctx, query.InsertReleaseParams{
		ID: string(r.ID), Prompts: e.json(r.Prompts), Snapshot: r.Snapshot, Policy: r.Policy, Models: r.Models,
		CreatedAt: micros(r.CreatedAt),
	})
	if err != nil {
		return failed("record release", err)
	}
	return nil
}

// Releases returns every release that has been recorded, latest first.
func (l *Ledger) Releases(ctx context.Context) ([]switchboard.Release, error) {
	rows, err := l.r.ListReleases(ctx)
	if err != nil {
		return nil, failed("list releases", err)
	}
	list := make([]switchboard.Release, len(rows))
	for i, row := range rows {
		if list[i], err = releaseOf(row); err != nil {
			return nil, failed("list releases", err)
		}
	}
	return list, nil
}

// Release returns one release.
func (l *Ledger) Release(ctx context.Context, id switchboard.ReleaseID) (switchboard.Release, error) {
	row, err := l.r.GetRelease(ctx, clean(string(id)))
	if err != nil {
		return switchboard.Release{}, found("read release", err, "there is no such release")
	}
	r, err := releaseOf(row)
	if err != nil {
		return r, failed("read release", err)
	}
	return r, nil
}

func releaseOf(row query.Release) (switchboard.Release, error) {
	prompts, err := decode[map[string]string](row.Prompts)
	return switchboard.Release{
		ID: switchboard.ReleaseID(row.ID), Prompts: prompts, Snapshot: row.Snapshot, Policy: row.Policy,
		Models: row.Models, CreatedAt: fromMicros(row.CreatedAt),
	}, err
}

// AuditEntry is one thing that a member of staff or a program did. It holds no customer's words.
type AuditEntry struct {
	ID      string    `json:"id"` // made where it is missing
	At      time.Time `json:"at"` // now where it is zero
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`  // "keys.create", "conversations.erase", …
	Subject string    `json:"subject"` // the id of what it was done to
	Detail  string    `json:"detail,omitempty"`
}

// Audit adds an entry to the trail. Nothing in the package changes or removes one.
func (l *Ledger) Audit(ctx context.Context, e AuditEntry) error {
	if e.At.IsZero() {
		e.At = l.now()
	}
	if e.ID == "" {
		e.ID = switchboard.NewID("aud", e.At)
	}
	err := l.w.InsertAudit(ctx, query.InsertAuditParams{
		ID: e.ID, At: micros(e.At), Actor: clean(e.Actor), Action: clean(e.Action), Subject: clean(e.Subject),
		Detail: clean(e.Detail),
	})
	if err != nil {
		return failed("record audit entry", err)
	}
	return nil
}

// AuditTrail returns entries since a time, latest first, at most limit (1..1000, 0 = 50).
func (l *Ledger) AuditTrail(ctx context.Context, since time.Time, limit int) ([]AuditEntry, error) {
	rows, err := l.r.ListAudit(ctx, query.ListAuditParams{At: micros(since), Limit: pageSize(limit)})
	if err != nil {
		return nil, failed("read audit trail", err)
	}
	list := make([]AuditEntry, len(rows))
	for i, row := range rows {
		list[i] = AuditEntry{
			ID: row.ID, At: fromMicros(row.At), Actor: row.Actor, Action: row.Action, Subject: row.Subject, Detail: row.Detail,
		}
	}
	return list, nil
}
