package llm

import "sync"

const (
	retryShare = 0.1 // retries per first attempt, in the long run
	retryBurst = 10  // retries that may be saved up
)

// retryBudget keeps retries to a share of the traffic, so that an outage is not made worse by them. The zero value has
// its burst to spend.
type retryBudget struct {
	mu    sync.Mutex
	spent float64 // of the burst
}

func (b *retryBudget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-retryShare)
}

func (b *retryBudget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent > retryBurst-1 {
		return false
	}
	b.spent++
	return true
}
