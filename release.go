package switchboard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ReleaseID names a release: "rel_" and 16 hexadecimal digits of the SHA-256 over its parts.
type ReleaseID string

// Release is what a bot is at one moment: everything that decides what it may say, under one hash. Equal parts have
// equal ids on any machine.
type Release struct {
	ID        ReleaseID         `json:"id"`
	Prompts   map[string]string `json:"prompts"`  // name (with variant) to content hash
	Snapshot  string            `json:"snapshot"` // of the knowledge base
	Policy    string            `json:"policy"`   // content hash
	Models    string            `json:"models"`   // content hash of the chain's settings
	CreatedAt time.Time         `json:"created_at"`
}

// NewRelease computes the id. CreatedAt is not part of it.
func NewRelease(prompts map[string]string, snapshot, policy, models string, now time.Time) Release {
	var b strings.Builder
	b.WriteString("switchboard release 1\n")
	for _, name := range slices.Sorted(maps.Keys(prompts)) {
		fmt.Fprintf(&b, "prompt %s %s\n", name, prompts[name])
	}
	fmt.Fprintf(&b, "snapshot %s\npolicy %s\nmodels %s\n", snapshot, policy, models)
	sum := sha256.Sum256([]byte(b.String()))
	return Release{
		ID:      ReleaseID("rel_" + hex.EncodeToString(sum[:8])),
		Prompts: prompts, Snapshot: snapshot, Policy: policy, Models: models, CreatedAt: now,
	}
}
