package kb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"switchboard"
)

// Current is the id of the promoted snapshot; NotFound before the first Promote.
func (s *Store) Current() (string, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", switchboard.Errorf(switchboard.NotFound, "no snapshot has been promoted")
	}
	if err != nil {
		return "", fmt.Errorf("read the current snapshot's id: %w", err)
	}
	id := strings.TrimSpace(string(b))
	if !validID(id) {
		return "", fmt.Errorf("read the current snapshot's id: %.40q is none", id)
	}
	return id, nil
}

// Promote makes a snapshot the current one, for every process that looks. Promoting an older one is the
// rollback. An id that the store does not have is NotFound.
func (s *Store) Promote(_ context.Context, id string) error {
	if _, err := s.manifest(id); err != nil {
		return err
	}
	if err := s.writeCurrent(id); err != nil {
		return fmt.Errorf("promote %s: %w", id, err)
	}
	return nil
}

func (s *Store) writeCurrent(id string) (err error) {
	f, err := os.CreateTemp(s.dir, "."+currentFile+"-")
	if err != nil {
		return err
	}
	name := f.Name()
	_, err = f.WriteString(id + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(name, filepath.Join(s.dir, currentFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return syncPath(s.dir)
}
