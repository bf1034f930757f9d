package quota_test

import (
	"testing"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/quota"
	"switchboard/gateway/session"
)

// What costs nothing is asked although more was spent than the month may cost.
func TestFreeBeyondBudget(t *testing.T) {
	c := noon()
	for _, spentSoFar := range []switchboard.Money{9, 10, 11} { // of 10
		q := quota.New(quota.Config{
			Budget: quota.Budget{Month: 10}, Counters: session.NewMemory(c.now), Now: c.now,
			Spending: &spent{month: "2026-11", rows: []switchboard.Spend{{Model: "paid", Cost: spentSoFar}}},
		})
		if d := denied(t, q, llm.Estimate{Model: "local", Tokens: 100}); d != "" {
			t.Errorf("spent %d of 10: a model that costs nothing is denied by %s", spentSoFar, d)
		}
	}
}
