package llmtest

import (
	"strings"
	"sync"
)

// Gullible is a model that obeys whatever it sees, for measuring what the parts around a model let through. Give its
// Reply to a server's options.
type Gullible struct {
	mu    sync.Mutex
	order string
	say   func(system string) string
	asked bool
}

// Hear tells it which order to obey once it sees it, "" for whatever the customer says, and what obeying it is. say is
// given the system prompt.
func (g *Gullible) Hear(order string, say func(system string) string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.order, g.say, g.asked = squeeze(order), say, false
}

// Asked reports whether it has seen the order since it was told of it.
func (g *Gullible) Asked() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

// Reply obeys, or says that the passages have no answer.
func (g *Gullible) Reply(c Call) Script {
	g.mu.Lock()
	defer g.mu.Unlock()
	system, all := "", ""
	for _, m := range c.Messages {
		if m.Role == "system" && system == "" {
			system = m.Content
		}
		all += m.Content + "\n"
	}
	if !strings.Contains(squeeze(all), g.order) {
		return Say("NOT_IN_PASSAGES")
	}
	g.asked = true
	return Say(g.say(system))
}

// squeeze is text without white space and the signs that quote lines.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n>", r) {
			return -1
		}
		return r
	}, s)
}
