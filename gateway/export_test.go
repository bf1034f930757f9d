package gateway

import (
	"testing"
	"time"
)

// LookForErasures does what FollowErasures does every second, once.
func LookForErasures(t *testing.T, g *Gateway) {
	f := &follower{g: g, since: g.now().Add(-forgetBack), streams: map[string]time.Time{}}
	if err := f.look(t.Context()); err != nil {
		t.Fatal(err)
	}
}
