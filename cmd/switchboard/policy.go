package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/fallback"
)

func (p *program) policyCommand() *cobra.Command {
	return group("policy", "Read and check what the bot is for", p.policyShowCommand(), p.policyLintCommand(), p.policyTestCommand())
}

// policySource is the policy file in use.
func (p *program) policySource(path string) ([]byte, error) {
	if path == "" {
		c, err := p.config()
		if err != nil {
			return nil, err
		}
		path = c.Policy
	}
	if path == "" {
		return fallback.DefaultYAML(), nil
	}
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
	}
	return data, err
}

func (p *program) policyShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show", Short: "Print the policy in use, as a start for your own", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			data, err := p.policySource("")
			if err != nil {
				return err
			}
			return p.show(struct {
				Policy string `json:"policy"`
			}{string(data)}, func(w io.Writer) { _, _ = w.Write(data) })
		}}
}

func (p *program) policyLintCommand() *cobra.Command {
	return &cobra.Command{Use: "lint [FILE]", Short: "Check a policy; exit 1 on errors", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := p.policySource(strings.Join(args, ""))
			if err != nil {
				return err
			}
			policy, err := fallback.Load(data)
			if err != nil {
				return err
			}
			return p.show(struct {
				Hash   string `json:"hash"`
				Topics int    `json:"topics"`
			}{policy.Hash(), len(policy.Topics())}, func(w io.Writer) {
				fmt.Fprintf(w, "the policy is well: %d topics, %s\n", len(policy.Topics()), policy.Hash()[:12])
			})
		}}
}

// routed is a row of policy test.
type routed struct {
	Text      string  `json:"text"`
	Label     string  `json:"label"`
	Predicted string  `json:"predicted"`
	Score     float64 `json:"score"` // how far out of scope, 0..1
}

func (p *program) policyTestCommand() *cobra.Command {
	return &cobra.Command{Use: "test FILE", Short: "Route labelled messages: JSONL rows {\"text\",\"label\"}, where oos is out of scope", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := p.policySource("")
			if err != nil {
				return err
			}
			policy, err := fallback.Load(data)
			if err != nil {
				return err
			}
			rows, err := p.classify(policy.Scope(), args[0])
			if err != nil {
				return err
			}
			return table(p, rows, []string{"label", "predicted", "score", "text"}, func(r routed) []string {
				return []string{r.Label, r.Predicted, strconv.FormatFloat(r.Score, 'f', 3, 64), shorten(r.Text, 80)}
			})
		}}
}

func (p *program) classify(m *fallback.ScopeModel, path string) ([]routed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
	}
	defer f.Close()
	rows := []routed{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var r routed
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil || r.Text == "" {
			return nil, fmt.Errorf("%s:%d: want {\"text\":…,\"label\":…}", path, n)
		}
		r.Predicted, r.Score = m.Classify(r.Text)
		rows = append(rows, r)
	}
	return rows, lines.Err()
}
