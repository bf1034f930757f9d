package prompts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is how one file of prompts differs between two sets.
type Change struct {
	Key  string `json:"key"`           // "decline.es", "_passages" for a partial
	Kind string `json:"kind"`          // "added", "removed", "changed", "partial": its own text is the same, a partial's is not
	Old  string `json:"old,omitempty"` // reference in the old set, "decline@1f2e3d4c"; none for partials
	New  string `json:"new,omitempty"`
	Diff string `json:"diff,omitempty"` // unified, three lines of context; "" for "partial"
}

// String is the change as text: a line that says what, then the diff.
func (c Change) String() string {
	head := c.Key + ": " + c.Kind
	switch {
	case c.Old != "" && c.New != "":
		head += ", " + c.Old + " -> " + c.New
	case c.Old+c.New != "":
		head += ", " + c.Old + c.New
	}
	return head + "\n" + c.Diff
}

// Diff lists how the prompts and partials of two sets differ, by key. It is empty where they say the same.
func Diff(old, new *Set) []Change {
	files := map[string]bool{}
	for file := range old.files {
		files[file] = true
	}
	for file := range new.files {
		files[file] = true
	}
	var out []Change
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if c := changeOf(file, old, new); c.Kind != "" {
			out = append(out, c)
		}
	}
	return out
}

func changeOf(file string, old, new *Set) Change {
	c := Change{Key: strings.TrimSuffix(file, extension)}
	if p := old.prompts[c.Key]; p != nil {
		c.Old = p.Ref()
	}
	if p := new.prompts[c.Key]; p != nil {
		c.New = p.Ref()
	}
	a, b := old.files[file], new.files[file]
	switch {
	case a == nil:
		c.Kind, c.Diff = "added", UnifiedDiff("/dev/null", file, "", b.text)
	case b == nil:
		c.Kind, c.Diff = "removed", UnifiedDiff(file, "/dev/null", a.text, "")
	case a.text != b.text:
		c.Kind, c.Diff = "changed", UnifiedDiff(file, file, a.text, b.text)
	case c.Old != c.New:
		c.Kind = "partial"
	}
	return c
}

// edit is a line of a diff: ' ' in both, '-' only in the old text, '+' only in the new.
type edit struct {
	op   byte
	line string
}

const diffContext = 3

// UnifiedDiff compares two texts by line, in the form that patch reads; "" where they are equal.
func UnifiedDiff(oldName, newName, oldText, newText string) string {
	if oldText == newText {
		return ""
	}
	edits := lineEdits(splitLines(oldText), splitLines(newText))
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", oldName, newName)
	oldLine, newLine := 1, 1 // of edits[at]
	for at := 0; at < len(edits); {
		if edits[at].op == ' ' {
			at, oldLine, newLine = at+1, oldLine+1, newLine+1
			continue
		}
		start := max(at-diffContext, 0)
		end := hunkEnd(edits, at)
		before := at - start
		oldSize, newSize := writeHunk(&b, edits[start:end], oldLine-before, newLine-before)
		oldLine, newLine = oldLine-before+oldSize, newLine-before+newSize
		at = end
	}
	return b.String()
}

// hunkEnd is where the hunk of the change at at ends: behind its context, unless the contexts of this change and the
// next one meet.
func hunkEnd(edits []edit, at int) int {
	last := at
	for i := at; i < len(edits) && i <= last+2*diffContext+1; i++ {
		if edits[i].op != ' ' {
			last = i
		}
	}
	return min(last+1+diffContext, len(edits))
}

func writeHunk(b *strings.Builder, edits []edit, oldStart, newStart int) (oldSize, newSize int) {
	for _, e := range edits {
		if e.op != '+' {
			oldSize++
		}
		if e.op != '-' {
			newSize++
		}
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", hunkRange(oldStart, oldSize), hunkRange(newStart, newSize))
	for _, e := range edits {
		b.WriteByte(e.op)
		b.WriteString(e.line)
		b.WriteByte('\n')
	}
	return oldSize, newSize
}

// hunkRange writes an empty range as the line before it, as patch wants it.
func hunkRange(start, size int) string {
	if size == 0 {
		start--
	}
	if size == 1 {
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, size)
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// lineEdits finds the shortest way from a to b through their longest common subsequence. Common ends are cut off
// first; the middle takes len(a)*len(b) steps and as many counters, which is fine for files of this kind (256 KiB
// at most, a few hundred lines).
func lineEdits(a, b []string) []edit {
	var head, tail []edit
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, edit{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, edit{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	slices.Reverse(tail)
	return append(append(head, middleEdits(a, b)...), tail...)
}

// maxDiffCells bounds the table of middleEdits (64 MB); beyond it everything counts as replaced.
const maxDiffCells = 16 << 20

func middleEdits(a, b []string) []edit {
	var out []edit
	if len(a)*len(b) > maxDiffCells {
		return replaced(a, b)
	}
	width := len(b) + 1
	common := make([]int32, (len(a)+1)*width) // common[i*width+j]: longest common subsequence of a[i:], b[j:]
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, edit{' ', a[i]})
			i, j = i+1, j+1
		case common[(i+1)*width+j] >= common[i*width+j+1]:
			out = append(out, edit{'-', a[i]})
			i++
		default:
			out = append(out, edit{'+', b[j]})
			j++
		}
	}
	return append(out, replaced(a[i:], b[j:])...)
}

func replaced(a, b []string) []edit {
	out := make([]edit, 0, len(a)+len(b))
	for _, line := range a {
		out = append(out, edit{'-', line})
	}
	for _, line := range b {
		out = append(out, edit{'+', line})
	}
	return out
}
