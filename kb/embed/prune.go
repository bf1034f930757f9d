package embed

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// prunedName is the pattern of files on their way to being a cache's. One that is older than prunedAge was left behind
// by a process that died.
const (
	prunedName = "pruned-*"
	prunedAge  = time.Hour
)

// prune writes the younger records, half of maxBytes, to a new file and puts it in the place of the old. Others who have
// that open go on with it until they look; what they append meanwhile is lost, and embedded once more some day.
func (c *Cached) prune(now time.Time) (err error) {
	dir := filepath.Dir(c.path)
	if err := sweep(dir, now); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, prunedName)
	if err != nil {
		return err
	}
	if err := errors.Join(c.copyYounger(tmp), tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := os.Rename(tmp.Name(), c.path); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := c.file.Close(); err != nil {
		return err
	}
	return c.open()
}

// copyYounger writes the records that begin in the last maxBytes/2 of the file, in their order.
func (c *Cached) copyYounger(to io.Writer) error {
	var younger []key
	for k, p := range c.at {
		if p.offset >= c.parsed-c.maxBytes/2 {
			younger = append(younger, k)
		}
	}
	slices.SortFunc(younger, func(a, b key) int { return cmp.Compare(c.at[a].offset, c.at[b].offset) })
	out := bufio.NewWriterSize(to, 1<<20)
	for _, k := range younger {
		v, err := c.load(k)
		if err != nil {
			return err
		}
		if _, err := out.Write(appendRecord(nil, k, v)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// sweep removes what a pruning that was killed has left.
func sweep(dir string, now time.Time) error {
	left, err := filepath.Glob(filepath.Join(dir, prunedName))
	if err != nil {
		return err
	}
	for _, path := range left {
		info, err := os.Stat(path)
		if err != nil || now.Sub(info.ModTime()) < prunedAge {
			continue // gone, or someone's at work
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
