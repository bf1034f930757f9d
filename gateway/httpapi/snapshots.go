package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

type snapshotsBody struct {
	Snapshots  []snapshotBody `json:"snapshots"`
	NextCursor string         `json:"next_cursor,omitzero"`
}

type snapshotBody struct {
	kb.Info
	Candidate bool `json:"candidate"`
}

// snapshots lists what the store has, the latest first.
func (s *Server) snapshots(c *gin.Context, _ caller) error {
	p, err := readPaging(c)
	if err != nil {
		return err
	}
	return s.managed(c, func(_ context.Context, l *library.Library) error {
		head, err := l.Head()
		if err != nil {
			return err
		}
		all, err := l.Store.Snapshots()
		if err != nil {
			return err
		}
		if p.after != "" {
			at := slices.IndexFunc(all, func(i kb.Info) bool { return i.ID == p.after })
			if at < 0 {
				return switchboard.FieldError("cursor", "The snapshot that this stands for is gone.")
			}
			all = all[at+1:]
		}
		out := snapshotsBody{}
		for _, i := range all[:min(len(all), p.limit)] {
			out.Snapshots = append(out.Snapshots, snapshotBody{i, i.ID == head.Candidate})
		}
		if len(all) > p.limit {
			out.NextCursor = cursorAt(all[p.limit-1].ID)
		}
		writeJSON(c, http.StatusOK, jsonType, out)
		return nil
	})
}

type diffBody struct {
	From string `json:"from"`
	To   string `json:"to"`
	kb.Diff
}

// readSides reads which two snapshots are to be compared: by default what is served and the head.
func readSides(c *gin.Context, l *library.Library) (from, to string, err error) {
	head, err := l.Head()
	if err != nil {
		return "", "", err
	}
	if from, err = readSnapshot(c, l, "from"); err != nil {
		return "", "", err
	}
	if to, err = readSnapshot(c, l, "to"); err != nil {
		return "", "", err
	}
	if from == "" {
		from = head.Served
	}
	if to == "" {
		to = head.Snapshot()
	}
	return from, to, nil
}

// snapshotDiff says which documents differ between two snapshots.
func (s *Server) snapshotDiff(c *gin.Context, _ caller) error {
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		from, to, err := readSides(c, l)
		if err != nil {
			return err
		}
		d, err := l.Store.Diff(ctx, from, to)
		if err == nil {
			writeJSON(c, http.StatusOK, jsonType, diffBody{from, to, d})
		}
		return err
	})
}

type candidateBody struct {
	Snapshot  string         `json:"snapshot"`
	Base      string         `json:"base"`
	Diff      kb.Diff        `json:"diff"`
	Revisions []revisionBody `json:"revisions"` // those that wait, the oldest first
}

// candidate says what is waiting.
func (s *Server) candidate(c *gin.Context, _ caller) error {
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		w, err := l.Candidate(ctx)
		if err != nil {
			return err
		}
		out := candidateBody{Snapshot: w.Snapshot, Base: w.Base, Diff: w.Diff}
		for _, r := range w.Revisions {
			out.Revisions = append(out.Revisions, revisionOf(r, false))
		}
		writeJSON(c, http.StatusOK, jsonType, out)
		return nil
	})
}

// snapshotChoice names a snapshot.
type snapshotChoice struct {
	Snapshot string `json:"snapshot"`
}

func readChoice(c *gin.Context) (string, error) {
	var in snapshotChoice
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return "", err
	}
	if in.Snapshot == "" {
		return "", switchboard.FieldError("snapshot", "This must be the id of a snapshot.")
	}
	return in.Snapshot, nil
}

// promote serves the candidate. Its id is asked for, so that nobody promotes what they have not seen.
func (s *Server) promote(c *gin.Context, who caller) error {
	id, err := readChoice(c)
	if err != nil {
		return err
	}
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		if err := l.Promote(ctx, id, who.author()); err != nil {
			return err
		}
		s.promoted()
		if err := s.note(c, who, "kb.promote", id, ""); err != nil {
			return err
		}
		writeJSON(c, http.StatusOK, jsonType, snapshotChoice{id})
		return nil
	})
}

// discard throws the pending edits away.
func (s *Server) discard(c *gin.Context, who caller) error {
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		head, err := l.Head()
		if err != nil {
			return err
		}
		if err := l.Discard(ctx); err != nil {
			return err
		}
		if err := s.note(c, who, "kb.discard", head.Candidate, ""); err != nil {
			return err
		}
		noContent(c)
		return nil
	})
}

type rollbackBody struct {
	Snapshot string   `json:"snapshot"` // what is served now
	Notes    []string `json:"notes"`
}

// rollback serves an earlier snapshot again.
func (s *Server) rollback(c *gin.Context, who caller) error {
	id, err := readChoice(c)
	if err != nil {
		return err
	}
	return s.managed(c, func(ctx context.Context, l *library.Library) error {
		served, notes, err := l.Rollback(ctx, id, who.author())
		if err != nil {
			return err
		}
		s.promoted()
		if err := s.note(c, who, "kb.rollback", served, ""); err != nil {
			return err
		}
		writeJSON(c, http.StatusOK, jsonType, rollbackBody{served, notes})
		return nil
	})
}
