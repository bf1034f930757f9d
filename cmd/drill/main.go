// Command drill makes models fail in front of a real gateway, and says what customers got of it: see docs/drill.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"switchboard/evals/drill"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const usage = `drill faults     every fault of the table, in every situation
drill outage     the primary dies under an open loop of turns, and comes back
drill soak       many turns with random faults and leaving customers: does anything stay behind?
drill kill       the gateway is killed under load: is every turn that was seen in the ledger, once?
drill handoff    customers ask for a person while the other side fails and the gateway is killed: is one lost, doubled, promised too early?
drill overload   several times what the gateway can take: what is shed, and how are the others?
drill idle       what streams cost that say nothing

Each with -h for its flags.
`

// command is a subcommand: it declares its flags, and returns what is to be done once they are read.
type command func(c *common) func(context.Context) error

var commands = map[string]command{
	"faults": faults, "outage": outage, "soak": soak, "kill": kill, "handoff": handoff, "overload": overload, "idle": idle,
}

// common is what every subcommand has.
type common struct {
	*flag.FlagSet
	gateway string
	json    bool
	dir     string // for the gateways' files
	out     io.Writer
	err     io.Writer
}

// errBad says that the drill has run and that what it saw is not good enough.
var errBad = errors.New("the drill was not passed")

// run is the whole program.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(errOut, usage)
		return exitUsage
	}
	c := &common{FlagSet: flag.NewFlagSet("drill "+args[0], flag.ContinueOnError), out: out, err: errOut}
	c.SetOutput(errOut)
	c.StringVar(&c.gateway, "gateway", "./bin/switchboard", "the gateway's binary")
	format := c.String("o", "table", "table or json")
	do := commands[args[0]](c)
	if err := c.Parse(args[1:]); err != nil || c.NArg() > 0 {
		return exitUsage
	}
	c.json = *format == "json"
	err := c.inFolder(ctx, do)
	if err != nil {
		fmt.Fprintln(errOut, "drill:", err)
		return exitFailed
	}
	return exitDone
}

// inFolder runs do with a folder of its own.
func (c *common) inFolder(ctx context.Context, do func(context.Context) error) (err error) {
	if c.gateway, err = filepath.Abs(c.gateway); err != nil {
		return err
	}
	if _, err := os.Stat(c.gateway); err != nil {
		return fmt.Errorf("there is no gateway to drill: %w", err)
	}
	if c.dir, err = os.MkdirTemp("", "drill"); err != nil {
		return err
	}
	defer os.RemoveAll(c.dir)
	fmt.Fprintln(c.err, drill.Machine())
	return do(ctx)
}

func faults(c *common) func(context.Context) error {
	f := drill.FaultRun{}
	c.IntVar(&f.Gateways, "gateways", 10, "gateway processes at once")
	return func(ctx context.Context) error {
		f.Binary, f.Dir = c.gateway, c.dir
		rows, err := f.Run(ctx)
		if err != nil {
			return err
		}
		if c.json {
			err = drill.WriteJSON(c.out, rows)
		} else {
			err = drill.PrintRows(c.out, rows)
		}
		for _, r := range rows {
			if err == nil && !r.OK() {
				err = errBad
			}
		}
		return err
	}
}

func idle(c *common) func(context.Context) error {
	r := drill.IdleRun{}
	c.IntVar(&r.Turns, "turns", 1000, "turns that wait for a silent model")
	c.IntVar(&r.Readers, "readers", 9000, "readers that resume them")
	c.DurationVar(&r.For, "for", 30*time.Second, "how long all of them are watched")
	return func(ctx context.Context) error {
		r.Binary, r.Dir = c.gateway, c.dir
		states, err := r.Run(ctx)
		if c.json {
			return errors.Join(err, drill.WriteJSON(c.out, states))
		}
		return errors.Join(err, drill.PrintIdle(c.out, states))
	}
}
