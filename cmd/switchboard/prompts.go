package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/prompts"
)

func (p *program) promptsCommand() *cobra.Command {
	return group("prompts", "Read, check and try the prompts and reply templates",
		p.promptsListCommand(), p.promptsShowCommand(), p.promptsDiffCommand(), p.promptsLintCommand(), p.promptsRenderCommand())
}

// promptSet is the set in use, or that of a folder laid over the built-in one.
func (p *program) promptSet(dir string) (*prompts.Set, error) {
	c := &config{Prompts: dir}
	if dir == "" {
		var err error
		if c, err = p.config(); err != nil {
			return nil, err
		}
	} else if _, err := os.Stat(dir); err != nil {
		return nil, switchboard.Errorf(switchboard.NotFound, "there is no folder %s", dir)
	}
	return loadPrompts(c)
}

func (p *program) promptsListCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "list", Short: "List the prompts with their versions", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := p.promptSet(dir)
			if err != nil {
				return err
			}
			return table(p, set.List(), []string{"prompt", "version", "kind", "description"}, func(i prompts.Info) []string {
				return []string{i.Key, i.Ref, i.Kind, i.Description}
			})
		}}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of prompts (default: the configured one over the built-in ones)")
	return cmd
}

func (p *program) promptsShowCommand() *cobra.Command {
	var dir, lang string
	cmd := &cobra.Command{Use: "show NAME", Short: "Show a prompt's source", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := p.promptSet(dir)
			if err != nil {
				return err
			}
			name, variant, _ := strings.Cut(args[0], ".")
			if variant != "" {
				lang = variant
			}
			found, err := set.Prompt(name, lang)
			if err != nil {
				return err
			}
			return p.show(struct {
				prompts.Info
				Source string `json:"source"`
			}{found.Info(), found.Source()}, func(w io.Writer) {
				fmt.Fprintln(p.err, found.Ref())
				fmt.Fprint(w, found.Source())
			})
		}}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of prompts")
	cmd.Flags().StringVar(&lang, "lang", "", "the variant for a language")
	return cmd
}

func (p *program) promptsDiffCommand() *cobra.Command {
	return &cobra.Command{Use: "diff DIR [DIR]", Short: "Show what a folder of prompts changes: against the set in use, or against another folder",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			dirs := append([]string{""}, args...)
			dirs = dirs[len(dirs)-2:]
			before, err := p.promptSet(dirs[0])
			if err != nil {
				return err
			}
			after, err := p.promptSet(dirs[1])
			if err != nil {
				return err
			}
			changes := prompts.Diff(before, after)
			if p.format != "table" {
				return table(p, changes, nil, nil)
			}
			for _, c := range changes {
				fmt.Fprint(p.out, c.String())
			}
			return nil
		}}
}

func (p *program) promptsLintCommand() *cobra.Command {
	return &cobra.Command{Use: "lint [DIR]", Short: "Check prompts; exit 1 on errors", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := strings.Join(args, "")
			set, err := p.promptSet(dir)
			findings := []prompts.Finding{}
			for _, bad := range prompts.Problems(err) {
				findings = append(findings, prompts.Finding{File: bad.File, Line: bad.Line, Severity: prompts.SeverityError, Rule: "load", Text: bad.Text})
			}
			if err != nil && len(findings) == 0 {
				return err
			}
			if err == nil {
				findings = append(findings, set.Lint()...)
			}
			errors := 0
			for _, f := range findings {
				if f.Severity == prompts.SeverityError {
					errors++
				}
			}
			err = table(p, findings, []string{"where", "severity", "rule", "what"}, func(f prompts.Finding) []string {
				return []string{f.File + ":" + strconv.Itoa(f.Line), string(f.Severity), f.Rule, f.Text}
			})
			if err == nil && errors > 0 {
				return silent{exitFailed}
			}
			return err
		}}
}

func (p *program) promptsRenderCommand() *cobra.Command {
	var dir, lang, vars string
	cmd := &cobra.Command{Use: "render NAME", Short: "Show what a prompt becomes", Args: cobra.ExactArgs(1),
		Example: `  switchboard prompts render answer --vars '{"question":"What is an eSIM?","passages":[{"n":1,"text":"…"}]}'`,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := p.promptSet(dir)
			if err != nil {
				return err
			}
			data := []byte(vars)
			if path, ok := strings.CutPrefix(vars, "@"); ok {
				if data, err = os.ReadFile(path); err != nil {
					return fmt.Errorf("read variables: %w", err)
				}
			}
			messages, err := set.RenderJSON(args[0], lang, data)
			if err != nil {
				return err
			}
			return p.show(messages, func(w io.Writer) {
				for _, m := range messages {
					fmt.Fprintf(w, "%s\n%s\n\n", p.bold("--- "+string(m.Role)), m.Text)
				}
			})
		}}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of prompts")
	cmd.Flags().StringVar(&lang, "lang", "", "the customer's language")
	cmd.Flags().StringVar(&vars, "vars", "", "variables as JSON, or @FILE; what is missing is a sample's")
	return cmd
}
