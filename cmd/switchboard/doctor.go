package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"switchboard/gateway/ledger"
	"switchboard/gateway/llm"
	"switchboard/kb"
)

// finding is one thing that doctor looked at.
type finding struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

func (p *program) doctorCommand() *cobra.Command {
	var ready bool
	cmd := &cobra.Command{Use: "doctor", Short: "Check that everything the configuration names is there and works", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 15*time.Second)
			defer cancel()
			if ready {
				return checkReady(ctx, c)
			}
			findings := p.examine(ctx, c)
			err = table(p, findings, []string{"what", "state", "detail"}, func(f finding) []string {
				state := "ok"
				if !f.OK {
					state = "FAILED"
				}
				return []string{f.What, state, f.Detail}
			})
			for _, f := range findings {
				if err == nil && !f.OK {
					return silent{exitFailed}
				}
			}
			return err
		}}
	cmd.Flags().BoolVar(&ready, "ready", false, "only ask the running server whether it is ready")
	return cmd
}

// checkReady asks the server that runs by this configuration; containers use it as their health check.
func checkReady(ctx context.Context, c *config) error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return get(ctx, "http://"+net.JoinHostPort(host, port)+"/readyz")
}

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return unreachable{fmt.Errorf("reach %s: %w", url, err)}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}

// reach asks the model's upstream whether it is there and takes the key.
func reach(ctx context.Context, m modelConfig, getenv func(string) string) error {
	c, err := modelOf(m, getenv)
	if err != nil {
		return err
	}
	model, err := llm.NewModel(c)
	if err != nil {
		return err
	}
	defer model.Close()
	err = model.Reach(ctx)
	var e *llm.Error
	if errors.As(err, &e) && e.Status == 0 {
		return unreachable{err}
	}
	return err
}

func (p *program) examine(ctx context.Context, c *config) []finding {
	var findings []finding
	note := func(what, detail string, err error) {
		f := finding{What: what, OK: err == nil, Detail: detail}
		if err != nil {
			f.Detail = message(err)
		}
		findings = append(findings, f)
	}
	from := "defaults and environment"
	if c.path != "" {
		from = c.path
	}
	note("configuration", from, nil)
	set, policy, err := loadTexts(c)
	if err == nil {
		note("prompts", fmt.Sprintf("%d prompts", len(set.List())), nil)
		note("policy", policy.Hash()[:12], nil)
	} else {
		note("prompts and policy", "", err)
	}
	note("knowledge base", p.examineKnowledge(ctx, &err), err)
	note("ledger", p.examineLedger(ctx, c, &err), err)
	if c.Redis.URL != "" {
		s, err := openSessions(ctx, c, p.logger("error"))
		if err == nil {
			_ = s.Close()
		}
		note("redis", "answers", err)
	}
	for _, m := range c.Models {
		note("model "+m.Name, "answers", reach(ctx, m, p.getenv))
	}
	return findings
}

func (p *program) examineKnowledge(ctx context.Context, err *error) (detail string) {
	*err = p.withSnapshot(ctx, "", func(s *kb.Snapshot) error {
		st := s.Stats()
		detail = fmt.Sprintf("%s: %d documents, %d passages", s.ID(), st.Documents, st.Passages)
		if st.Passages == 0 {
			return errors.New("the snapshot is empty")
		}
		return nil
	})
	return detail
}

func (p *program) examineLedger(ctx context.Context, c *config, err *error) (detail string) {
	l, opened := ledger.Open(ctx, c.Database.URL, ledger.Options{})
	if *err = opened; opened != nil {
		return ""
	}
	s, failed := l.Status(ctx)
	*err = errors.Join(failed, l.Close())
	return fmt.Sprintf("%s at %s, schema %d", s.Engine, s.Location, s.Version)
}
