package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"switchboard/gateway/telemetry"
)

// program is what every command shares.
type program struct {
	getenv   func(string) string
	in       io.Reader
	out, err io.Writer

	configPath string
	format     string // of the output: table, json, jsonl, csv
}

const defaultConfigPath = "switchboard.yaml"

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "switchboard",
		Short:         "A support chatbot gateway that says only what your knowledge base backs",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.PersistentFlags().StringVar(&p.configPath, "config", "", "configuration file (default "+defaultConfigPath+", if it is there)")
	root.PersistentFlags().StringVarP(&p.format, "output", "o", "table", "output: table or json; jsonl and csv where there are rows")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		p.serveCommand(), p.askCommand(), p.kbCommand(), p.promptsCommand(), p.policyCommand(), p.evalCommand(),
		p.releasesCommand(), p.conversationsCommand(), p.gapsCommand(), p.handoffsCommand(), p.keysCommand(), p.budgetCommand(), p.migrateCommand(), p.doctorCommand(), p.versionCommand(),
	)
	strict(root)
	return root
}

// strict makes mistakes in calling any command usage errors, with the exit code of their own.
func strict(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w\nusage: %s", err, cmd.UseLine())}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

// group is a command that only has sub-commands.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		}
		return nil
	}, RunE: func(cmd *cobra.Command, _ []string) error {
		return usageError{errors.New("name a sub-command; see " + cmd.CommandPath() + " --help")}
	}}
	cmd.AddCommand(subs...)
	return cmd
}

// config reads the configuration that the command was given.
func (p *program) config() (*config, error) {
	path, must := p.configPath, p.configPath != ""
	if path == "" {
		path = p.getenv("SWITCHBOARD_CONFIG")
		must = path != ""
	}
	if path == "" {
		path = defaultConfigPath
	}
	return loadConfig(path, must, p.getenv)
}

// logger writes to standard error: text on a terminal, JSON lines elsewhere.
func (p *program) logger(level string) *slog.Logger {
	l, err := logLevel(level)
	if err != nil {
		l = slog.LevelInfo
	}
	return telemetry.Logger(p.err, isTerminal(p.err), l)
}

func logLevel(name string) (l slog.Level, err error) {
	if name == "" {
		return slog.LevelInfo, nil
	}
	return l, l.UnmarshalText([]byte(name))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// bold sets text off on a terminal, unless NO_COLOR is set.
func (p *program) bold(s string) string {
	if !isTerminal(p.out) || p.getenv("NO_COLOR") != "" {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// show prints one thing: as JSON, or by its own words.
func (p *program) show(v any, words func(w io.Writer)) error {
	switch p.format {
	case "json":
		return p.json(v)
	case "jsonl":
		return json.NewEncoder(p.out).Encode(v)
	case "table":
		words(p.out)
		return nil
	}
	return usageError{fmt.Errorf("-o %s is not known here; use table or json", p.format)}
}

func (p *program) json(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table prints rows: values are what programs read, cells what people do.
func table[T any](p *program, values []T, header []string, cells func(T) []string) error {
	switch p.format {
	case "json":
		if values == nil {
			values = []T{}
		}
		return p.json(values)
	case "jsonl":
		enc := json.NewEncoder(p.out)
		enc.SetEscapeHTML(false)
		for _, v := range values {
			if err := enc.Encode(v); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(p.out)
		rows := [][]string{header}
		for _, v := range values {
			rows = append(rows, cells(v))
		}
		return w.WriteAll(rows)
	case "table":
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		if isTerminal(p.out) {
			fmt.Fprintln(w, strings.ToUpper(strings.Join(header, "\t")))
		} else {
			fmt.Fprintln(w, strings.Join(header, "\t"))
		}
		for _, v := range values {
			row := cells(v)
			for i := range row {
				row[i] = strings.Join(strings.Fields(row[i]), " ")
			}
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		return w.Flush()
	}
	return usageError{fmt.Errorf("-o %s is not known; use table, json, jsonl or csv", p.format)}
}
