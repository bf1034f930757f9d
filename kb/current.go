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

// CurrentPath is the file that names the promoted snapshot, for who wants to watch it. It is replaced as a whole.
func (s *Store) CurrentPath() string { return filepath.Join(s.dir, currentFile) }

// Current is the id of the promoted snapshot; NotFound before the first Promote.
func (s *Store) Current() (string, error) {
	b, err := os.ReadFile(s.CurrentPath())
	if errors.Is(err, fs.ErrNotExist) {
		return "", switchboard.Errorf(switchboard.NotFound, "no snapshot has been promoted")
	}
	if err != nil {
		return "", fmt.Errorf("read the current snapshot's id: %w", err)
	}
	id := strings.TrimSpace(string(b))
	if !validName(id, idPrefix) {
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
	if err := ReplaceFile(s.CurrentPath(), []byte(id+"\n")); err != nil {
		return fmt.Errorf("promote %s: %w", id, err)
	}
	return nil
}
