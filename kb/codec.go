package kb

import (
	"encoding/binary"
	"errors"
)

// encoder and decoder are the two sides of the table of a segment: numbers as varints, strings behind their lengths.

type encoder struct{ b []byte }

func (e *encoder) uint(n int) { e.b = binary.AppendUvarint(e.b, uint64(n)) }

func (e *encoder) int(n int64) { e.b = binary.AppendVarint(e.b, n) }

func (e *encoder) string(s string) {
	e.uint(len(s))
	e.b = append(e.b, s...)
}

func (e *encoder) strings(list []string) {
	e.uint(len(list))
	for _, s := range list {
		e.string(s)
	}
}

// array appends numbers of four bytes each.
func (e *encoder) array(list []uint32) {
	e.uint(len(list))
	for _, n := range list {
		e.b = binary.LittleEndian.AppendUint32(e.b, n)
	}
}

var errTable = errors.New("the table is damaged")

// decoder reads what an encoder wrote. After the first mistake it reads zeros, and err says so. Strings are copies: the
// bytes may be those of a file that is unmapped later.
type decoder struct {
	b    []byte
	text string // where set, a copy that ends as b does and that strings are parts of
	err  error
}

// own copies the next n bytes at once, and ends there: its strings are parts of the one copy.
func (d *decoder) own(n int) {
	d.b = d.b[:n]
	d.text = string(d.b)
}

func (d *decoder) fail() { d.b, d.err = nil, errTable }

func (d *decoder) uint() int {
	n, size := binary.Uvarint(d.b)
	if size <= 0 || n > 1<<40 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return int(n)
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

// bytes is the next string without a copy.
func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > len(d.b) {
		d.fail()
		return nil
	}
	s := d.b[:n]
	d.b = d.b[n:]
	return s
}

func (d *decoder) string() string {
	s := d.bytes()
	if d.text == "" {
		return string(s)
	}
	end := len(d.text) - len(d.b)
	return d.text[end-len(s) : end]
}

func (d *decoder) strings() []string {
	n := d.uint()
	if n == 0 || n > len(d.b) {
		if n > 0 {
			d.fail()
		}
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}

// skipStrings passes over what strings would read, and returns how many they are.
func (d *decoder) skipStrings() int {
	n := d.uint()
	for range n {
		if d.bytes(); d.err != nil {
			return 0
		}
	}
	return n
}

func (d *decoder) array() []uint32 {
	n := d.uint()
	if n > len(d.b)/4 {
		d.fail()
		return nil
	}
	list := make([]uint32, n)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(d.b[4*i:])
	}
	d.b = d.b[4*n:]
	return list
}
