package llm

import "sync"

const (
	retryShare = 0.1 // retries per turn, in the long run
	retryBurst = 10  // retries that may be saved up, and are at the start
	hedgeShare = 0.05
	hedgeBurst = 5
)

// share keeps extra calls to a share of the traffic, so that an outage is not made worse by them.
type share struct {
	mu          sync.Mutex
	rate, burst float64
	saved       float64
}

// earn adds what one turn earns.
func (s *share) earn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = min(s.burst, s.saved+s.rate)
}

// spend takes an extra call, if one has been earned.
func (s *share) spend() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saved < 1 {
		return false
	}
	s.saved--
	return true
}

// giveBack returns an extra call that was not made.
func (s *share) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = min(s.burst, s.saved+1)
}
