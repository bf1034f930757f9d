package ledgertest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/ledger"
)

func keys(t *testing.T, s *suite) {
	l := s.open(t)
	plain, hash := ledger.NewKey(ledger.KeyPublishable)
	_, otherHash := ledger.NewKey(ledger.KeySecret)
	if ledger.HashKey(plain) != hash || plain[:3] != "pk_" || len(plain) < 40 || hash == otherHash {
		t.Errorf("a key %q with hash %q", plain, hash)
	}
	first := must(l.CreateKey(t.Context(), ledger.Key{
		Kind: ledger.KeyPublishable, Name: "shop", Origins: []string{"https://shop.example"}, Hash: hash,
	}))(t)
	s.now = s.now.Add(time.Minute)
	second := must(l.CreateKey(t.Context(), ledger.Key{
		Kind: ledger.KeySecret, Name: "reports", Roles: []string{"reader", "author"}, Hash: otherHash,
	}))(t)
	if diff := cmp.Diff([]ledger.Key{first, second}, must(l.Keys(t.Context()))(t)); diff != "" {
		t.Error(diff)
	}
	_, err := l.CreateKey(t.Context(), ledger.Key{Kind: ledger.KeySecret, Hash: hash})
	isKind(t, err, switchboard.Conflict)
	_, err = l.CreateKey(t.Context(), ledger.Key{Kind: "xk", Hash: hash})
	isKind(t, err, switchboard.InvalidField)
	_, err = l.CreateKey(t.Context(), ledger.Key{Kind: ledger.KeySecret, Hash: plain})
	isKind(t, err, switchboard.InvalidField)

	ok(t, l.RevokeKey(t.Context(), first.ID))
	revoked := s.now
	s.now = s.now.Add(time.Hour)
	ok(t, l.RevokeKey(t.Context(), first.ID))
	isKind(t, l.RevokeKey(t.Context(), "key_0"), switchboard.NotFound)
	if got := must(l.Keys(t.Context()))(t); !got[0].RevokedAt.Equal(revoked) || !got[1].RevokedAt.IsZero() {
		t.Errorf("revoked at %v and %v, want %v and never", got[0].RevokedAt, got[1].RevokedAt, revoked)
	}
}

func secrets(t *testing.T, s *suite) {
	ledgers := s.several(t, 3)
	values := make([][]byte, 12)
	var group sync.WaitGroup
	for i := range values {
		group.Go(func() {
			var err error
			if values[i], err = ledgers[i%len(ledgers)].Secret(t.Context(), "conversation tokens"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, v := range values {
		if len(v) != 32 || !bytes.Equal(v, values[0]) {
			t.Fatalf("secrets differ or have %d bytes", len(v))
		}
	}
	if other := must(ledgers[0].Secret(t.Context(), "another"))(t); bytes.Equal(other, values[0]) {
		t.Error("two names have one secret")
	}
}

func releasesAndAudit(t *testing.T, s *suite) {
	l := s.open(t)
	first := switchboard.NewRelease(map[string]string{"answer": "aa"}, "kb_1", "p1", "m1", s.now)
	second := switchboard.NewRelease(map[string]string{"answer": "bb"}, "kb_1", "p1", "m1", s.now.Add(time.Minute))
	again := first
	again.CreatedAt = s.now.Add(time.Hour)
	for _, r := range []switchboard.Release{first, second, again} {
		ok(t, l.RecordRelease(t.Context(), r))
	}
	if diff := cmp.Diff([]switchboard.Release{second, first}, must(l.Releases(t.Context()))(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first, must(l.Release(t.Context(), first.ID))(t)); diff != "" {
		t.Error(diff)
	}
	_, err := l.Release(t.Context(), "rel_0")
	isKind(t, err, switchboard.NotFound)

	for n := range 3 {
		ok(t, l.Audit(t.Context(), ledger.AuditEntry{
			At: s.now.Add(time.Duration(n) * time.Minute), Actor: "cli", Action: "keys.create", Subject: fmt.Sprint(n), Detail: "x",
		}))
	}
	trail := must(l.AuditTrail(t.Context(), s.now.Add(time.Second), 1))(t)
	if len(trail) != 1 || trail[0].Subject != "2" || trail[0].ID == "" || trail[0].Detail != "x" {
		t.Errorf("the latest entry is %+v", trail)
	}
	if n := len(must(l.AuditTrail(t.Context(), s.now.Add(time.Second), 0))(t)); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

func openTogether(t *testing.T, s *suite) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			ctx, cancel := later()
			defer cancel()
			l, err := ledger.Open(ctx, s.url, ledger.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			status, err := l.Status(ctx)
			if err != nil || status.Version != status.Latest || status.Latest < 1 {
				t.Errorf("status %+v, error %v", status, err)
			}
			if err := errors.Join(l.Ping(ctx), l.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func reopen(t *testing.T, s *suite) {
	if s.inMemory() {
		return // what is in memory is gone by design
	}
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	record(l, t, turn("conv_1", 1, s.now))
	secret := must(l.Secret(t.Context(), "x"))(t)
	ok(t, l.Close())
	l = s.open(t)
	if n := len(must(l.Conversation(t.Context(), "conv_1"))(t).Turns); n != 1 {
		t.Errorf("%d turns after a restart, want 1", n)
	}
	if !bytes.Equal(secret, must(l.Secret(t.Context(), "x"))(t)) {
		t.Error("another secret after a restart")
	}
}
