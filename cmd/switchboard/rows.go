package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// longestRow bounds a line of JSON, and longestText a text in it: no customer writes more in one message.
const (
	longestRow  = 1 << 20
	longestText = 16 << 10
)

// decodeRows reads JSON lines. text returns a row's text, "" where the row is not what it must be; want says what that is.
// Errors name the line. A mark of byte order at the beginning is passed over.
func decodeRows[T any](name string, in io.Reader, want string, text func(T) string) ([]T, error) {
	var rows []T
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestRow)
	n := 1
	for ; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(line) == 0 {
			continue
		}
		var row T
		if err := json.Unmarshal(line, &row); err != nil || strings.TrimSpace(text(row)) == "" {
			return nil, fmt.Errorf("%s:%d: want %s", name, n, want)
		}
		if len(text(row)) > longestText {
			return nil, fmt.Errorf("%s:%d: the text has more than %d bytes", name, n, longestText)
		}
		if strings.ContainsRune(text(row), 0) {
			return nil, fmt.Errorf("%s:%d: the text has a null character", name, n)
		}
		rows = append(rows, row)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: the line has more than %d bytes", name, n, longestRow)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return rows, nil
}
