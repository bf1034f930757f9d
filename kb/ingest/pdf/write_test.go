package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// file under test: a small writer of PDFs. Objects 1 and 2 are the catalogue and the list of pages.
type writer struct {
	objects []string // from number 1 on
	kids    []string
	root    string // more of the catalogue
	info    string
	trailer string // more of the trailer
}

func newWriter() *writer { return &writer{objects: []string{"", ""}} }

// object adds one and returns its number.
func (w *writer) object(format string, args ...any) int {
	w.objects = append(w.objects, fmt.Sprintf(format, args...))
	return len(w.objects)
}

func (w *writer) stream(dict, data string) int {
	return w.object("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func deflate(data string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(data))
	_ = z.Close()
	return b.String()
}

// fonts are F1 in plain and F2 in bold type, with one-byte codes.
const fonts = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> " +
	"/F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >> >> >>"

// page adds a page with a drawing that is packed.
func (w *writer) page(drawing string) {
	w.pageOf(w.stream("/Filter /FlateDecode", deflate(drawing)), fonts)
}

func (w *writer) pageOf(contents int, more string) {
	n := w.object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R %s >>", contents, more)
	w.kids = append(w.kids, fmt.Sprintf("%d 0 R", n))
}

func (w *writer) bytes() []byte {
	w.objects[0] = "<< /Type /Catalog /Pages 2 0 R " + w.root + " >>"
	w.objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(w.kids, " "), len(w.kids))
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range w.objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s %s >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, w.info, w.trailer, table)
	return b.Bytes()
}

// text draws lines: each is a font, a size, a place and a string.
type text struct {
	font    string
	size, x float64
	y       float64
	s       string
}

func draw(lines ...text) string {
	var b strings.Builder
	for _, l := range lines {
		s := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(l.s)
		fmt.Fprintf(&b, "BT /%s %g Tf %g %g Td (%s) Tj ET\n", l.font, l.size, l.x, l.y, s)
	}
	return b.String()
}
