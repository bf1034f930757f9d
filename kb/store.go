package kb

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"switchboard"
)

// Names in a store's folder.
const (
	currentFile  = "CURRENT"
	snapshotsDir = "snapshots"
	segmentsDir  = "segments"
	manifestExt  = ".json"
	idPrefix     = "kb_"
	buildPrefix  = ".build-"
)

// Rests go when they are so old: what a process that died was building or removing, and damaged segments that were put
// aside for somebody who wants to know what happened.
const (
	abandoned     = time.Hour
	forgotten     = 7 * 24 * time.Hour
	damagedPrefix = ".damaged-"
	removedPrefix = ".removed-"
)

// Store keeps snapshots in a folder: snapshots/kb_….json says of what segments each is made, segments/seg_… holds those,
// and CURRENT the id of the one to serve. Everything is written aside, synced and renamed into place, so that a crash at
// any point leaves what was there before. It is safe for concurrent use, by several processes too.
type Store struct {
	dir        string
	perSegment int // passages

	mu    sync.Mutex
	inUse map[string]*segment // by name; snapshots share them

	vocabularies vocabularies
	expanders    expanders
}

// Info describes a snapshot that a store has.
type Info struct {
	ID        string    `json:"id"`
	Documents int       `json:"documents"`
	Passages  int       `json:"passages"`
	Segments  int       `json:"segments"`
	BuiltAt   time.Time `json:"built_at"`
	Current   bool      `json:"current"`
	// Outdated says that the snapshot was built by another version: it must be built anew before it can be served.
	Outdated bool `json:"outdated,omitempty"`
}

// manifest is what a snapshot is made of.
type manifest struct {
	ID        string       `json:"id"`
	Format    int          `json:"format"`
	Documents int          `json:"documents"`
	Passages  int          `json:"passages"`
	BuiltAt   time.Time    `json:"built_at"`
	Synonyms  string       `json:"synonyms,omitempty"`
	Segments  []segmentRef `json:"segments"`
}

// segmentRef is a segment with the documents of it that the snapshot does not have, by place.
type segmentRef struct {
	Name string   `json:"name"`
	Dead []uint32 `json:"dead,omitempty"`
}

// OpenStore opens the store in dir, making the folder where there is none.
func OpenStore(dir string) (*Store, error) {
	for _, sub := range []string{snapshotsDir, segmentsDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return nil, fmt.Errorf("open knowledge store: %w", err)
		}
	}
	return &Store{dir: dir, perSegment: segmentPassages, inUse: map[string]*segment{}}, nil
}

// Close frees what the store holds. Snapshots that were opened stay open.
func (s *Store) Close() error { return nil }

func (s *Store) segmentPath(name string) string { return filepath.Join(s.dir, segmentsDir, name) }

func (s *Store) manifestPath(id string) string {
	return filepath.Join(s.dir, snapshotsDir, id+manifestExt)
}

// take opens a segment, or counts another user of one that is open. Checked wants every byte of it to be checked, once.
func (s *Store) take(name string, checked bool) (_ *segment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !validName(name, segmentPrefix) {
		return nil, fmt.Errorf("%.40q is no segment", name)
	}
	dir, seg := s.segmentPath(name), s.inUse[name]
	check := checked && (seg == nil || !seg.checked)
	if check {
		if err := checkSegment(dir); err != nil {
			return nil, fmt.Errorf("open segment %s: %w", name, err)
		}
	}
	if seg == nil {
		if seg, err = openSegment(dir); err != nil {
			return nil, err
		}
	}
	if check {
		if err := seg.postings.open(); err != nil {
			err = fmt.Errorf("open segment %s: %w", name, err)
			if seg.users == 0 {
				err = errors.Join(err, seg.close())
			}
			return nil, err
		}
		seg.checked = true
	}
	seg.users++
	s.inUse[name] = seg
	return seg, nil
}

// letGo closes a segment when its last user has let it go.
func (s *Store) letGo(seg *segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seg.users--; seg.users > 0 {
		return nil
	}
	if s.inUse[seg.name] == seg {
		delete(s.inUse, seg.name)
	}
	return seg.close()
}

// forget makes the next one who takes a segment open it anew. Who has it open keeps it as it is.
func (s *Store) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inUse, name)
}

// validName guards against names that would be paths.
func validName(name, prefix string) bool {
	digits, ok := strings.CutPrefix(name, prefix)
	_, err := hex.DecodeString(digits)
	return ok && err == nil && len(digits) == 16
}

// manifest reads a snapshot's manifest. A snapshot without one is NotFound.
func (s *Store) manifest(id string) (m manifest, err error) {
	if !validName(id, idPrefix) {
		return m, switchboard.Errorf(switchboard.NotFound, "no snapshot has the id %.40q", id)
	}
	err = readJSON(s.manifestPath(id), &m)
	if errors.Is(err, fs.ErrNotExist) {
		return m, switchboard.Errorf(switchboard.NotFound, "no snapshot has the id %q", id)
	}
	if err == nil && m.ID != id {
		err = errors.New("it is that of another")
	}
	if err != nil {
		return m, fmt.Errorf("manifest of snapshot %s: %w", id, err)
	}
	return m, nil
}

// manifests reads those of all snapshots.
func (s *Store) manifests() ([]manifest, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, snapshotsDir))
	if err != nil {
		return nil, err
	}
	var all []manifest
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), manifestExt)
		if !ok || !validName(id, idPrefix) {
			continue
		}
		m, err := s.manifest(id)
		if errors.Is(err, switchboard.NotFound) { // removed since
			continue
		}
		if err != nil { // damaged: it is none that this program reads, and one must not hide the others
			m = manifest{ID: id}
		}
		all = append(all, m)
	}
	return all, nil
}

// Snapshots lists what the store has, the latest first.
func (s *Store) Snapshots() ([]Info, error) {
	manifests, err := s.manifests()
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	current, err := s.Current()
	if err != nil && !errors.Is(err, switchboard.NotFound) {
		return nil, err
	}
	all := make([]Info, len(manifests))
	for i, m := range manifests {
		all[i] = Info{
			ID: m.ID, Documents: m.Documents, Passages: m.Passages, Segments: len(m.Segments), BuiltAt: m.BuiltAt,
			Current: m.ID == current, Outdated: m.Format != formatVersion,
		}
	}
	slices.SortFunc(all, func(a, b Info) int {
		return cmp.Or(b.BuiltAt.Compare(a.BuiltAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Prune removes all snapshots but the current one and those named, then the segments that no snapshot is made of, and
// what format 1 has left. No build may be under way. It returns the ids of what it has removed.
func (s *Store) Prune(named ...string) (removed []string, err error) {
	list, err := s.Snapshots()
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, i := range list {
		if !i.Current && !slices.Contains(named, i.ID) {
			continue
		}
		m, err := s.manifest(i.ID)
		if err != nil {
			return nil, err
		}
		for _, ref := range m.Segments {
			used[ref.Name] = true
		}
	}
	for _, i := range list {
		if i.Current || slices.Contains(named, i.ID) {
			continue
		}
		if err := os.Remove(s.manifestPath(i.ID)); err != nil {
			return removed, fmt.Errorf("remove snapshot %s: %w", i.ID, err)
		}
		removed = append(removed, i.ID)
	}
	// Nowhere may a snapshot be left without its segments.
	if err := syncPath(filepath.Join(s.dir, snapshotsDir)); err != nil {
		return removed, err
	}
	for sub, prefix := range map[string]string{segmentsDir: segmentPrefix, ".": idPrefix} {
		if err := s.removeFolders(sub, prefix, used); err != nil {
			return removed, err
		}
	}
	return removed, s.sweep(time.Now())
}

// removeFolders removes those with names of a kind, but for used ones. Each loses its name first: one that is there is
// whole.
func (s *Store) removeFolders(sub, prefix string, used map[string]bool) error {
	dir := filepath.Join(s.dir, sub)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !validName(e.Name(), prefix) || used[e.Name()] {
			continue
		}
		rest := filepath.Join(dir, removedPrefix+e.Name())
		err := os.RemoveAll(rest) // of one who died here
		if err == nil {
			err = os.Rename(filepath.Join(dir, e.Name()), rest)
		}
		if err == nil {
			err = os.RemoveAll(rest)
		}
		if err != nil {
			return fmt.Errorf("remove %s: %w", e.Name(), err)
		}
	}
	return nil
}

// sweep removes what processes that were killed have left behind.
func (s *Store) sweep(now time.Time) error {
	for _, sub := range []string{".", snapshotsDir, segmentsDir} {
		dir := filepath.Join(s.dir, sub)
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				continue
			}
			keep := abandoned
			if strings.HasPrefix(e.Name(), damagedPrefix) {
				keep = forgotten
			}
			info, err := e.Info()
			if err != nil || now.Sub(info.ModTime()) < keep {
				continue // gone already, or somebody is at work
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
