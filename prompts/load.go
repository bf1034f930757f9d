package prompts

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

const (
	extension   = ".prompt"
	maxFileSize = 256 << 10
)

//go:embed templates/*.prompt
var embedded embed.FS

// LoadError is everything that is wrong with a folder of prompts, in the order of files and lines.
type LoadError []Problem

// Problem is one thing that keeps prompts from being loaded.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
	Text string `json:"text"`
}

// String is "file:line: what".
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Error lists the problems, one a line.
func (e LoadError) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

type problems struct{ found LoadError }

func (p *problems) add(file string, line int, format string, args ...any) {
	problem := Problem{file, max(line, 1), fmt.Sprintf(format, args...)}
	if !slices.Contains(p.found, problem) { // a partial is checked once for each prompt that has it
		p.found = append(p.found, problem)
	}
}

func (p *problems) err() error {
	if len(p.found) == 0 {
		return nil
	}
	slices.SortStableFunc(p.found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return p.found
}

// Default returns the embedded templates.
func Default() *Set { return embeddedSet() }

var embeddedSet = sync.OnceValue(func() *Set {
	sub, err := fs.Sub(embedded, "templates")
	if err != nil {
		panic(err)
	}
	s, err := Load(sub)
	if err != nil {
		panic("embedded prompts: " + err.Error()) // a test loads them
	}
	return s
})

// Load reads every *.prompt file of a folder. On error it is a LoadError with all that is wrong, or says which file
// could not be read.
func Load(fsys fs.FS) (*Set, error) { return (&Set{}).With(fsys) }

// With returns a set of the receiver's files and those of a folder, where files of the same name are the folder's. So
// a folder with one changed reply over [Default] changes that reply alone.
func (s *Set) With(fsys fs.FS) (*Set, error) {
	texts := map[string]string{}
	for file, src := range s.files {
		texts[file] = src.text
	}
	var bad problems
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case strings.HasPrefix(d.Name(), "."): // the folder itself, and what editors leave behind
			return nil
		case d.IsDir() || path.Ext(name) != extension:
			return nil
		case strings.Contains(name, "/"):
			bad.add(name, 1, "prompts stand in the folder itself, not in folders below it")
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err == nil && len(b) > maxFileSize {
			bad.add(name, 1, "file is larger than %d KiB", maxFileSize>>10)
			return nil
		}
		texts[name] = string(b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read prompts: %w", err)
	}
	return build(texts, &bad)
}

// build parses, links and checks files by name.
func build(texts map[string]string, bad *problems) (*Set, error) {
	s := &Set{files: map[string]*source{}, prompts: map[string]*Prompt{}}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		s.files[file] = parseSource(file, texts[file], func(line int, format string, args ...any) {
			bad.add(file, line, format, args...)
		})
	}
	l := linker{set: s, problems: bad}
	l.partials()
	if len(bad.found) > 0 && l.cyclic {
		return nil, bad.err()
	}
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		if src := s.files[file]; !src.partial {
			p := l.prompt(src)
			s.prompts[p.key] = p
		}
	}
	for _, p := range s.prompts {
		if p.variant != "" && s.prompts[p.name] == nil {
			bad.add(p.src.file, 1, "variant %q has no base: %s%s is missing", p.variant, p.name, extension)
		}
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// Problems returns what is wrong by file and line, if err came from loading prompts.
func Problems(err error) []Problem {
	var e LoadError
	errors.As(err, &e)
	return e
}
