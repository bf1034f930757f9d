package library_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/kb"
)

// kills is at how many points the changing process is killed.
const kills = 220

// process is the test binary in another role.
type process struct {
	*exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

func start(t *testing.T, role, dir string, seed uint64) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self)}
	p.Env = append(os.Environ(), roleVar+"="+role, dirVar+"="+dir, fmt.Sprint(seedVar, "=", seed))
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	if err == nil {
		p.in, err = p.StdinPipe()
	}
	if err == nil {
		p.out = bufio.NewReaderSize(out, 1<<16)
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// crash is the test's side of it.
type crash struct {
	*testing.T
	stage
	known
	rand  *rand.Rand
	took  map[string]time.Duration // how long a step takes, as it goes
	under map[string]int           // kills by the step that was under way
	ended map[string]int           // of those, how many came to what was to be
}

// TestKilled kills a process that changes a library, at random points of every step, while another searches it. Each time
// the library must be what it was before the step or what it was to be, whole, and nothing that was done may be lost.
func TestKilled(t *testing.T) {
	const seed = 20260301
	t.Logf("seed %d", seed)
	c := &crash{
		T: t, stage: stage{t.TempDir()}, rand: rand.New(rand.NewPCG(seed, 1)),
		took: map[string]time.Duration{}, under: map[string]int{}, ended: map[string]int{},
	}
	c.begin()
	reader := start(t, "search", c.dir, 0)
	if line, err := reader.out.ReadString('\n'); err != nil || line != "searching\n" {
		t.Fatalf("%q, %v", line, err)
	}
	for n := range kills {
		// Each in turn, and one in four whatever comes second.
		c.look(c.kill(seed+uint64(n), []string{"import", "promote", "rollback", ""}[n%4]))
		if t.Failed() {
			break
		}
		if n%20 == 19 {
			c.lookAtAll()
		}
	}
	_ = reader.in.Close()
	searches, err := io.ReadAll(reader.out)
	if err := errors.Join(err, reader.Wait()); err != nil {
		t.Errorf("the reader: %v: %s", err, &reader.stderr)
	}
	c.end()
	t.Logf("killed in %v, of these done all the same %v; searched %s times meanwhile", c.under, c.ended, bytes.TrimSpace(searches))
	for _, step := range []string{"import", "promote", "rollback"} {
		if c.under[step] < 20 {
			t.Errorf("%s was killed %d times only", step, c.under[step])
		}
	}
}

func (c *crash) begin() {
	c.Helper()
	c.Past = map[string]world{}
	c.Version = 1
	c.World = world{Imports: map[string]int{"doc-1": 1, "doc-2": 1}, Source: 1}.compose()
	if err := c.writeSource(1); err != nil {
		c.Fatal(err)
	}
	l, err := c.library(c.World)
	if err != nil {
		c.Fatal(err)
	}
	done, err := l.Import(c.Context(), []kb.Document{versioned("doc-1", 1), versioned("doc-2", 1)}, false, false)
	if err != nil {
		c.Fatal(err)
	}
	c.Current = done.Snapshot
	c.Past[c.Current] = c.World
}

// kill starts a process, and kills it within the first step of a kind, "" for the second of any. It returns what that was.
func (c *crash) kill(seed uint64, kind string) report {
	c.Helper()
	b, err := json.Marshal(c.known)
	if err == nil {
		err = os.WriteFile(c.knownFile(), b, 0o600)
	}
	if err != nil {
		c.Fatal(err)
	}
	p := start(c.T, "change", c.dir, seed)
	var last report
	var began time.Time
	var killer *time.Timer
	for steps := 0; ; {
		line, err := p.out.ReadBytes('\n')
		if err != nil {
			break // it is dead; a line without its end was not answered for
		}
		last = report{} // or maps would be merged
		if err := json.Unmarshal(line, &last); err != nil {
			c.Fatalf("%q: %v", line, err)
		}
		if last.Done {
			c.took[last.Step] = (3*c.took[last.Step] + time.Since(began)) / 4
			c.done(last)
			continue
		}
		began = time.Now()
		if steps++; killer == nil && (last.Step == kind || kind == "" && steps == 2) {
			within := max(c.took[last.Step], 2*time.Millisecond)
			killer = time.AfterFunc(time.Duration(c.rand.Int64N(int64(within))), func() { _ = p.Process.Kill() })
		}
	}
	if err := p.Wait(); p.ProcessState.ExitCode() != -1 { // it was not killed
		c.Fatalf("seed %d: %v: %s", seed, err, &p.stderr)
	}
	killer.Stop()
	if last.Done {
		c.under["between"]++
	} else {
		c.under[last.Step]++
	}
	return last
}

// done takes down what a process has answered for.
func (c *crash) done(r report) {
	c.Current, c.World = r.New, r.World
	c.Past[r.New] = r.World
	for _, v := range r.World.Imports {
		c.Version = max(c.Version, v)
	}
	c.Version = max(c.Version, r.World.Source)
}

// look finds the library after a crash in the step r.
func (c *crash) look(r report) {
	c.Helper()
	old, next := c.World, r.World
	c.Version += 100 // versions that were given out and not answered for
	store, err := kb.OpenStore(c.store())
	if err != nil {
		c.Fatal(err)
	}
	is := func(what, id string) bool {
		c.Helper()
		switch id {
		case c.Current:
			c.holds(store, id, old)
		case r.New:
			c.holds(store, id, next)
		default:
			c.Errorf("%s after a kill in %s is %s, neither %s nor %s", what, r.Step, id, c.Current, r.New)
		}
		return id == r.New
	}
	id, err := store.Current()
	if err != nil {
		c.Fatal(err)
	}
	is("current", id)
	l, err := c.library(next)
	if err != nil {
		c.Fatal(err)
	}
	done, err := l.Sync(c.Context())
	if err != nil || len(done.Notes) > 0 || len(done.Rejected) > 0 {
		c.Fatalf("sync after a kill in %s: %+v, %v", r.Step, done, err)
	}
	if is("what sync serves", done.Snapshot) && !r.Done {
		c.ended[r.Step]++
		c.done(r)
	} else if next.Synonyms != old.Synonyms { // the source may not have been written yet
		c.Errorf("sync after a kill in %s did not take the synonyms", r.Step)
	}
	if now, err := store.Current(); err != nil || now != done.Snapshot {
		c.Errorf("current is %s, %v, not %s", now, err, done.Snapshot)
	}
	if err := l.Discard(c.Context()); err != nil && !errors.Is(err, switchboard.NotFound) {
		c.Error(err)
	}
}

// holds opens a snapshot and compares all its documents.
func (c *crash) holds(store *kb.Store, id string, want world) {
	c.Helper()
	snap, err := store.Open(c.Context(), id)
	if err != nil {
		c.Fatal(err)
	}
	defer snap.Close()
	got := map[string]int{}
	for _, d := range snap.Documents() {
		whole, err := snap.Document(c.Context(), d.ID)
		if err != nil {
			c.Fatal(err)
		}
		got[d.ID] = versionOf(whole)
	}
	if !maps.Equal(got, want.Served) {
		c.Errorf("%s holds %v, not %v", id, got, want.Served)
	}
}

// lookAtAll opens every snapshot that is there: none may be half there.
func (c *crash) lookAtAll() {
	c.Helper()
	store, err := kb.OpenStore(c.store())
	if err != nil {
		c.Fatal(err)
	}
	list, err := store.Snapshots()
	if err != nil {
		c.Fatal(err)
	}
	for _, i := range list {
		snap, err := store.Open(c.Context(), i.ID)
		if err != nil {
			c.Fatal(err)
		}
		_ = snap.Close()
	}
}

// end imports once more, and finds that nothing is left behind.
func (c *crash) end() {
	c.Helper()
	l, err := c.library(c.World)
	if err != nil {
		c.Fatal(err)
	}
	rests := 0
	long := time.Now().Add(-2 * time.Hour)
	for _, sub := range []string{".", "segments", "snapshots"} {
		for _, e := range c.names(sub) {
			if strings.HasPrefix(e, ".") {
				rests++
				if err := os.Chtimes(filepath.Join(c.store(), sub, e), long, long); err != nil {
					c.Fatal(err)
				}
			}
		}
	}
	c.Version += 100
	c.World.Imports = maps.Clone(c.World.Imports)
	c.World.Imports["last"] = c.Version
	c.World = c.World.compose()
	done, err := l.Import(c.Context(), []kb.Document{versioned("last", c.Version)}, false, false)
	if err != nil {
		c.Fatal(err)
	}
	c.holds(l.Store, done.Snapshot, c.World)
	if _, err := l.Prune(c.Context(), 0); err != nil {
		c.Fatal(err)
	}
	c.holds(l.Store, done.Snapshot, c.World)
	// Of the imports, and with the source; one where an exported file has brought the source's document with it.
	if left := c.names("snapshots"); len(left) != 1 && len(left) != 2 {
		c.Errorf("left %v", left)
	}
	root := c.names(".")
	if want := []string{"CURRENT", "LOCK", "history.jsonl", "library.json", "revisions.jsonl", "segments", "snapshots"}; !slices.Equal(root, want) {
		c.Errorf("left %v", root)
	}
	segments := c.names("segments")
	if slices.ContainsFunc(segments, func(s string) bool { return s[0] == '.' }) || len(segments) > 20 {
		c.Errorf("left %v", segments)
	}
	c.Logf("%d rests of killed processes were swept; %d segments", rests, len(segments))
}

func (c *crash) names(sub string) (names []string) {
	c.Helper()
	entries, err := os.ReadDir(filepath.Join(c.store(), sub))
	if err != nil {
		c.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestImportsOfSeveralProcesses: they wait for each other, none is lost, and a reader is not disturbed.
func TestImportsOfSeveralProcesses(t *testing.T) {
	s := stage{t.TempDir()}
	if err := s.writeSource(1); err != nil {
		t.Fatal(err)
	}
	l, err := s.library(world{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader := start(t, "search", s.dir, 0)
	var all sync.WaitGroup
	const processes = 4
	for n := range processes {
		p := start(t, "import", s.dir, uint64(n))
		all.Go(func() {
			if err := p.Wait(); err != nil {
				t.Errorf("process %d: %v: %s", n, err, &p.stderr)
			}
		})
	}
	all.Wait()
	_ = reader.in.Close()
	if _, err := io.Copy(io.Discard, reader.out); err != nil {
		t.Error(err)
	}
	if err := reader.Wait(); err != nil {
		t.Errorf("the reader: %v: %s", err, &reader.stderr)
	}
	have := ids(t, l)
	for n := range processes {
		for i := range importsEach {
			if id := fmt.Sprintf("doc-%d-%d", n, i); !have[id] {
				t.Errorf("%s is lost", id)
			}
		}
	}
	if len(have) != processes*importsEach+1 {
		t.Errorf("%d documents", len(have))
	}
}
