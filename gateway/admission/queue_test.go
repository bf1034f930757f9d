package admission

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// The queue against what is promised of it, whatever comes and goes.
func TestQueueKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue()
		m := &model{t: t, q: &q, served: map[string]int{}}
		t.Repeat(map[string]func(*rapid.T){
			"":       func(*rapid.T) { m.invariants() },
			"push":   func(t *rapid.T) { m.push(anyKey(t), anyClass(t)) },
			"pop":    func(*rapid.T) { m.pop() },
			"remove": func(t *rapid.T) { m.remove(rapid.IntRange(0, 1<<20).Draw(t, "who")) },
			"victim": func(t *rapid.T) { m.victim(anyKey(t), anyClass(t)) },
			"ahead":  func(t *rapid.T) { m.ahead(anyKey(t), anyClass(t)) },
		})
	})
}

func anyKey(t *rapid.T) string  { return rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "key") }
func anyClass(t *rapid.T) class { return class(rapid.IntRange(0, 1).Draw(t, "class")) }

// model is the queue as a plain list, in the order of arrival.
type model struct {
	t       *rapid.T
	q       *queue
	waiting []*waiter
	came    uint64
	served  map[string]int // of each key that waits, how often others were served since it was or since it came
}

func (m *model) push(key string, c class) *waiter {
	m.came++
	w := &waiter{key: key, class: c, conversation: m.came}
	if m.count(key) == 0 {
		m.served[key] = 0
	}
	m.waiting = append(m.waiting, w)
	m.q.push(w)
	return w
}

func (m *model) pop() {
	w := m.q.pop()
	if w == nil {
		if len(m.waiting) > 0 {
			m.t.Fatalf("%d wait and none is served", len(m.waiting))
		}
		return
	}
	for _, other := range m.waiting { // first come, first served within a key and class
		if other == w {
			break
		}
		if other.key == w.key && other.class == w.class {
			m.t.Fatalf("%d was served before %d", w.conversation, other.conversation)
		}
	}
	keys := m.keys()
	m.forget(w)
	m.served[w.key] = 0
	for key := range keys {
		if key == w.key {
			continue
		}
		if m.served[key]++; m.served[key] >= len(keys)+3 { // the ring may have had keys that left meanwhile: at most 4 in all
			m.t.Fatalf("key %q waited for %d others", key, m.served[key])
		}
	}
}

func (m *model) remove(n int) {
	if len(m.waiting) == 0 {
		return
	}
	w := m.waiting[n%len(m.waiting)]
	m.q.remove(w)
	m.forget(w)
}

func (m *model) victim(key string, c class) {
	v, mine := m.q.victim(key, c), m.count(key)
	most := 0
	for k := range m.keys() {
		if k != key {
			most = max(most, m.count(k))
		}
	}
	switch {
	case most > mine+1: // another has more than its share
		if v == nil || v.key == key || m.count(v.key) != most {
			m.t.Fatalf("victim %+v, although another key has %d and this one %d", v, most, mine)
		}
		if v != m.newest(v.key) {
			m.t.Fatal("the victim is not the newest")
		}
	case v != nil && (v.key != key || c != underWay || v.class != fresh || v != m.newest(key)):
		m.t.Fatalf("victim %+v of a newcomer whose key has %d, others at most %d", v, mine, most)
	}
}

// ahead is compared with a newcomer that really comes, and a queue that is really emptied. What was taken out goes back
// in a new queue: the state that is left may be any that could have come about.
func (m *model) ahead(key string, c class) {
	want := m.q.ahead(key, c)
	w := m.push(key, c)
	for n := 0; ; n++ {
		got := m.q.pop()
		m.forget(got)
		if got == w {
			if n != want {
				m.t.Fatalf("%d came before, %d were expected", n, want)
			}
			break
		}
	}
	for k := range m.served {
		m.served[k] = 0
	}
}

func (m *model) invariants() {
	if m.q.n != len(m.waiting) || len(m.q.lanes) != len(m.keys()) || (m.q.next == nil) != (len(m.waiting) == 0) {
		m.t.Fatalf("%d in %d lanes, want %d in %d", m.q.n, len(m.q.lanes), len(m.waiting), len(m.keys()))
	}
	for _, w := range m.waiting {
		if !m.q.holds(w.key, w.conversation) || m.q.holds(w.key, 1<<40) {
			m.t.Fatalf("%d is lost", w.conversation)
		}
	}
}

func (m *model) forget(w *waiter) {
	for i := range m.waiting {
		if m.waiting[i] == w {
			m.waiting = append(m.waiting[:i], m.waiting[i+1:]...)
			return
		}
	}
	m.t.Fatalf("%+v was served twice", w)
}

func (m *model) keys() map[string]bool {
	keys := map[string]bool{}
	for _, w := range m.waiting {
		keys[w.key] = true
	}
	return keys
}

func (m *model) count(key string) (n int) {
	for _, w := range m.waiting {
		if w.key == key {
			n++
		}
	}
	return n
}

// newest is the latest new one of a key, else the latest.
func (m *model) newest(key string) (last *waiter) {
	for _, w := range m.waiting {
		if w.key == key && (last == nil || w.class == fresh || last.class == underWay) {
			last = w
		}
	}
	return last
}

func TestOrder(t *testing.T) {
	type turn struct {
		key string
		c   class
	}
	many := func(key string, c class, n int) (out []turn) {
		for range n {
			out = append(out, turn{key, c})
		}
		return out
	}
	tests := []struct {
		name  string
		given []turn
		want  string // of keys; capitals are of conversations under way
	}{
		{"first come, first served", many("a", fresh, 3), "aaa"},
		{"keys in turn", append(many("a", fresh, 5), turn{"b", fresh}, turn{"c", fresh}), "abcaaaa"},
		{"under way first, three to one", append(many("a", fresh, 3), many("a", underWay, 7)...), "AAAaAAAaAa"},
		{"priority is within a key", append(many("a", underWay, 4), many("b", fresh, 3)...), "AbAbAbA"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := newQueue()
			for _, w := range tt.given {
				q.push(&waiter{key: w.key, class: w.c})
			}
			got := ""
			for w := q.pop(); w != nil; w = q.pop() {
				if w.class == underWay {
					w.key = string(w.key[0] - 'a' + 'A')
				}
				got += w.key
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A key with a thousand waiting costs another no more than every second place.
func TestNobodyStarves(t *testing.T) {
	q := newQueue()
	for range 1000 {
		q.push(&waiter{key: "much", class: underWay})
	}
	for range 10 {
		q.push(&waiter{key: "little", class: fresh})
	}
	little := 0
	for range 20 {
		if q.pop().key == "little" {
			little++
		}
	}
	if little != 10 {
		t.Errorf("%d of the first 20 places", little)
	}
}

func BenchmarkAhead(b *testing.B) {
	for _, keys := range []int{1, 16, 256} {
		b.Run(fmt.Sprint(keys, " keys"), func(b *testing.B) {
			q := newQueue()
			for i := range 256 {
				q.push(&waiter{key: fmt.Sprint(i % keys), class: fresh})
			}
			b.ReportAllocs()
			for b.Loop() {
				q.ahead("0", fresh)
				q.victim("0", fresh)
			}
		})
	}
}
