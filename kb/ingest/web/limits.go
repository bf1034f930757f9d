package web

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// limited fails once more than max bytes were read; io.LimitReader would end as if that were all.
type limited struct {
	r         io.Reader
	max, left int64
	spend     func(n int) error // told of what was read, may be nil
}

func newLimited(r io.Reader, limit int64) *limited { return &limited{r: r, max: limit, left: limit} }

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, tooLarge(l.max)
	}
	if l.spend != nil && n > 0 {
		if stop := l.spend(n); stop != nil {
			return 0, stop
		}
	}
	return n, err
}

func tooLarge(limit int64) error { return fmt.Errorf("%w: more than %d bytes", errTooLarge, limit) }

// watch ends a request whose body comes more slowly than a least speed, measured over whole spans. A limit on idleness
// alone would let a server hold us with a byte now and then.
type watch struct {
	r      io.Reader
	got    atomic.Int64 // in this span
	least  int64        // in a span
	cancel func(error)

	mu    sync.Mutex
	timer *time.Timer // nil when stopped
}

func newWatch(r io.Reader, span time.Duration, bytesPerSecond int, cancel func(error)) *watch {
	w := &watch{r: r, least: max(1, int64(span.Seconds()*float64(bytesPerSecond))), cancel: cancel}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(span, func() { w.look(span) })
	return w
}

func (w *watch) look(span time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		return
	}
	if w.got.Swap(0) < w.least {
		w.cancel(errTooSlow)
		return
	}
	w.timer.Reset(span)
}

func (w *watch) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.got.Add(int64(n))
	return n, err
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.timer = nil
}
