package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/fallback/gaps"
)

// checkWithin bounds the time in which a gap's questions are asked again.
const checkWithin = 2 * time.Minute

// gapped runs f at the desk where managers see gaps. The knowledge base may be changed by somebody else meanwhile.
func (s *Server) gapped(c *gin.Context, within time.Duration, f func(ctx context.Context, d *gaps.Desk) error) error {
	if s.gaps == nil {
		return switchboard.Errorf(switchboard.Unavailable, "No gaps are looked for here.")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), within)
	defer cancel()
	return f(ctx, s.gaps)
}

type gapsBody struct {
	Gaps       []gaps.Gap `json:"gaps"`
	NextCursor string     `json:"next_cursor,omitzero"`
}

// listGaps lists what could not be answered, the largest first.
func (s *Server) listGaps(c *gin.Context, _ caller) error {
	p, err := readPaging(c)
	if err != nil {
		return err
	}
	f := gaps.Filter{
		Cause: gaps.Cause(c.Query("cause")), Topic: c.Query("topic"), State: switchboard.GapState(c.Query("state")), Lang: c.Query("lang"),
	}
	if since := c.Query("since"); since != "" {
		if f.Since, err = readTime("since", since); err != nil {
			return err
		}
	}
	switch {
	case f.Cause != "" && !slices.Contains(gaps.Causes, f.Cause):
		return switchboard.FieldError("cause", "This must be one of the causes, such as near_miss.")
	case f.State != "" && !slices.Contains(switchboard.GapStates, f.State):
		return switchboard.FieldError("state", "This must be one of open, drafted, fixed, closed and ignored.")
	case f.Lang != "" && !isLocale(f.Lang):
		return switchboard.FieldError("lang", `This must be a language such as "en".`)
	}
	return s.gapped(c, manageWithin, func(ctx context.Context, d *gaps.Desk) error {
		all, err := d.List(ctx, f)
		if err != nil {
			return err
		}
		if p.after != "" {
			all = all[1+slices.IndexFunc(all, func(g gaps.Gap) bool { return g.ID == p.after }):]
		}
		out := gapsBody{Gaps: all[:min(len(all), p.limit)]}
		if len(all) > p.limit {
			out.NextCursor = cursorAt(all[p.limit-1].ID)
		}
		writeJSON(c, http.StatusOK, jsonType, out)
		return nil
	})
}

// showGap shows one with its examples and the documents that came close.
func (s *Server) showGap(c *gin.Context, _ caller) error {
	return s.gapped(c, manageWithin, func(ctx context.Context, d *gaps.Desk) error {
		g, err := d.Gap(ctx, c.Param("id"))
		if err == nil {
			writeJSON(c, http.StatusOK, jsonType, g)
		}
		return err
	})
}

type gapDraftBody struct {
	Answer string `json:"answer"` // Markdown; without one the article waits for it
}

type gapDraftAnswer struct {
	Gap       gaps.Gap   `json:"gap"`
	Document  gaps.Draft `json:"document"`
	Candidate string     `json:"candidate"`
}

// draftGap makes an article of a gap, as part of the candidate.
func (s *Server) draftGap(c *gin.Context, who caller) error {
	var in gapDraftBody
	if err := decodeBody(c, maxDocumentBody, strict, true, &in); err != nil {
		return err
	}
	return s.gapped(c, manageWithin, func(ctx context.Context, d *gaps.Desk) error {
		g, a, candidate, err := d.Write(ctx, c.Param("id"), who.author(), in.Answer)
		if err == nil {
			err = s.note(c, who, "gaps.draft", g.ID, "document "+a.ID+", candidate "+candidate)
		}
		if err == nil {
			writeJSON(c, http.StatusCreated, jsonType, gapDraftAnswer{g, a, candidate})
		}
		return err
	})
}

type gapCasesBody struct {
	Cases []gaps.Case `json:"cases"`
}

// caseGap makes eval cases of a gap's questions. The caller keeps them.
func (s *Server) caseGap(c *gin.Context, who caller) error {
	return s.gapped(c, manageWithin, func(ctx context.Context, d *gaps.Desk) error {
		cases, err := d.Cases(ctx, c.Param("id"), "")
		if err == nil {
			err = s.note(c, who, "gaps.case", c.Param("id"), "")
		}
		if err == nil {
			writeJSON(c, http.StatusOK, jsonType, gapCasesBody{cases})
		}
		return err
	})
}

type gapCheckBody struct {
	Questions int     `json:"questions"` // asked at most
	Share     float64 `json:"share"`     // that must be answered
}

// checkGap asks a gap's questions again and closes it where they are answered.
func (s *Server) checkGap(c *gin.Context, who caller) error {
	in := gapCheckBody{Share: 1}
	if err := decodeBody(c, maxBody, strict, true, &in); err != nil {
		return err
	}
	switch {
	case in.Questions < 0 || in.Questions > 50:
		return switchboard.FieldError("questions", "This must be a whole number from 1 to 50.")
	case in.Share <= 0 || in.Share > 1:
		return switchboard.FieldError("share", "This must be above 0 and at most 1.")
	}
	return s.gapped(c, checkWithin, func(ctx context.Context, d *gaps.Desk) error {
		g, err := d.Check(ctx, c.Param("id"), who.author(), gaps.Again{Most: in.Questions, Share: in.Share})
		if err == nil {
			err = s.note(c, who, "gaps.check", g.ID, string(g.State))
		}
		if err == nil {
			writeJSON(c, http.StatusOK, jsonType, g)
		}
		return err
	})
}

type gapReasonBody struct {
	Reason string `json:"reason"`
}

func (s *Server) ignoreGap(c *gin.Context, who caller) error {
	return s.decideGap(c, who, "gaps.ignore", (*gaps.Desk).Ignore)
}

func (s *Server) reopenGap(c *gin.Context, who caller) error {
	return s.decideGap(c, who, "gaps.reopen", (*gaps.Desk).Reopen)
}

// decideGap changes a gap's state for a reason.
func (s *Server) decideGap(
	c *gin.Context, who caller, action string, decide func(d *gaps.Desk, ctx context.Context, id, by, why string) (gaps.Gap, error),
) error {
	var in gapReasonBody
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return err
	}
	if err := checkWhy(in.Reason); err != nil {
		return err
	}
	return s.gapped(c, manageWithin, func(ctx context.Context, d *gaps.Desk) error {
		g, err := decide(d, ctx, c.Param("id"), who.author(), in.Reason)
		if err == nil {
			err = s.note(c, who, action, g.ID, "")
		}
		if err == nil {
			writeJSON(c, http.StatusOK, jsonType, g)
		}
		return err
	})
}
