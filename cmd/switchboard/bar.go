package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar draws how far something has come, on one line of a terminal; elsewhere it draws nothing.
type bar struct {
	out  io.Writer // nil draws nothing
	what string
	last time.Time
}

// barEvery keeps drawing from costing more than what is drawn.
const barEvery = 100 * time.Millisecond

func (p *program) bar(what string) *bar {
	if !isTerminal(p.err) {
		return &bar{}
	}
	return &bar{out: p.err, what: what}
}

func (b *bar) set(done, total int64) {
	if b.out == nil || total <= 0 || time.Since(b.last) < barEvery {
		return
	}
	b.last = time.Now()
	const width = 30
	full := int(min(done, total) * width / total)
	fmt.Fprintf(b.out, "\r%s [%s%s] %3d %%", b.what, strings.Repeat("=", full), strings.Repeat(" ", width-full), min(done, total)*100/total)
}

// done takes the line away.
func (b *bar) done() {
	if b.out != nil && !b.last.IsZero() {
		fmt.Fprint(b.out, "\r\033[K")
	}
}
