package pdf

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"
)

const (
	maxFilters = 4
	maxStream  = 64 << 20 // bytes of one stream, unpacked
)

// decode unpacks a stream.
func (f *file) decode(s stream) ([]byte, error) {
	if s.raw == nil {
		return nil, errCut
	}
	var filters, params array
	switch v := f.get(first(s.dict, "Filter", "F")).(type) {
	case name:
		filters = array{v}
		params = array{first(s.dict, "DecodeParms", "DP")}
	case array:
		filters, params = v, f.list(first(s.dict, "DecodeParms", "DP"))
	}
	if len(filters) > maxFilters {
		return nil, fmt.Errorf("PDF has a stream with more than %d filters", maxFilters)
	}
	data := s.raw
	for i, v := range filters {
		var err error
		if data, err = f.filter(f.name(v), data); err != nil {
			return nil, err
		}
		if i < len(params) {
			if data, err = f.predict(data, f.dict(params[i])); err != nil {
				return nil, err
			}
		}
	}
	return data, nil
}

func first(d dict, keys ...name) any {
	for _, k := range keys {
		if d[k] != nil {
			return d[k]
		}
	}
	return nil
}

func (f *file) filter(kind name, data []byte) ([]byte, error) {
	switch kind {
	case "FlateDecode", "Fl":
		return f.inflate(data)
	case "ASCIIHexDecode", "AHx":
		data, _, _ = bytes.Cut(data, []byte(">"))
		return unhex(data), nil
	case "ASCII85Decode", "A85":
		return unascii85(data)
	case "RunLengthDecode", "RL":
		return f.unrun(data)
	}
	return nil, fmt.Errorf("PDF uses the filter %.20q, which cannot be read", kind)
}

// inflate unpacks as far as data is sound: writers that spoil the checksum are common, and readers look over it.
func (f *file) inflate(data []byte) ([]byte, error) {
	if len(data) < 2 {
		return nil, errCut
	}
	r := flate.NewReader(bytes.NewReader(data[2:])) // after zlib's header
	limit := max(0, min(maxStream, f.budget.left))
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(out)) > limit || !f.budget.spend(len(out)) {
		f.budget.left = -1
		return nil, errBudget
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errCut
	}
	if err != nil && len(out) == 0 {
		return nil, errors.New("PDF has a stream that cannot be unpacked")
	}
	return out, nil
}

func unascii85(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
	data, _, _ = bytes.Cut(data, []byte("~"))
	out, err := io.ReadAll(ascii85.NewDecoder(bytes.NewReader(data)))
	if err != nil {
		return nil, errors.New("PDF has a stream that cannot be unpacked")
	}
	return out, nil
}

func (f *file) unrun(data []byte) ([]byte, error) {
	var out []byte
	for i := 0; i < len(data) && data[i] != 128; {
		n := int(data[i])
		i++
		if n < 128 {
			stop := min(len(data), i+n+1)
			out = append(out, data[i:stop]...)
			i = stop
		} else if i < len(data) {
			out = append(out, bytes.Repeat(data[i:i+1], 257-n)...)
			i++
		}
		if len(out) > maxStream {
			return nil, errBudget
		}
	}
	if !f.budget.spend(len(out)) {
		return nil, errBudget
	}
	return out, nil
}

// predict undoes PNG's predictors, which object streams and cross-references use.
func (f *file) predict(data []byte, d dict) ([]byte, error) {
	if f.number(d["Predictor"], 1) < 10 {
		return data, nil
	}
	width := f.number(d["Columns"], 1) * f.number(d["Colors"], 1) * f.number(d["BitsPerComponent"], 8) / 8
	if width < 1 || width > 1<<20 {
		return nil, errors.New("PDF has a stream that cannot be unpacked")
	}
	row, back := int(width), max(1, int(f.number(d["Colors"], 1)*f.number(d["BitsPerComponent"], 8)/8))
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for len(data) > row {
		kind, line := data[0], bytes.Clone(data[1:row+1])
		data = data[row+1:]
		for i := range line {
			var left, corner byte
			if i >= back {
				left, corner = line[i-back], above[i-back]
			}
			switch kind {
			case 1:
				line[i] += left
			case 2:
				line[i] += above[i]
			case 3:
				line[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				line[i] += paeth(left, above[i], corner)
			}
		}
		out = append(out, line...)
		above = line
	}
	return out, nil
}

// paeth is PNG's predictor of that name: of three neighbours the one nearest to left + above - corner.
func paeth(left, above, corner byte) byte {
	p := int(left) + int(above) - int(corner)
	a, b, c := abs(p-int(left)), abs(p-int(above)), abs(p-int(corner))
	switch {
	case a <= b && a <= c:
		return left
	case b <= c:
		return above
	}
	return corner
}

func abs(n int) int { return max(n, -n) }
