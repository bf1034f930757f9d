package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"switchboard/evals/drill"
)

// rig is the rig of a drill under load, in a folder of its own under the command's.
func (c *common) rig(name string) (drill.Rig, error) {
	dir := filepath.Join(c.dir, name)
	return drill.Rig{Binary: c.gateway, Dir: dir, Log: func(format string, args ...any) {
		fmt.Fprintf(c.err, format+"\n", args...)
	}}, os.MkdirAll(dir, 0o750)
}

// report prints a report, and fails where something in it is wrong.
func report[R interface{ Print(io.Writer) error }](c *common, r R, wrong []string) error {
	var err error
	if c.json {
		err = drill.WriteJSON(c.out, r)
	} else {
		err = r.Print(c.out)
	}
	if err == nil && len(wrong) > 0 {
		err = errBad
	}
	return err
}

func outage(c *common) func(context.Context) error {
	modes := c.String("modes", strings.Join(drill.OutageModes, ","), "ways for the primary to be down")
	rate := c.Float64("rate", 200, "turns a second, in an open loop")
	during := c.Duration("for", 20*time.Second, "how long the primary is down")
	first := c.Duration("first-token", 50*time.Millisecond, "what a model takes to its first token")
	return func(ctx context.Context) (err error) {
		for mode := range strings.SplitSeq(*modes, ",") {
			if !slices.Contains(drill.OutageModes, mode) {
				return fmt.Errorf("there is no mode %q", mode)
			}
			o := drill.Outage{Mode: mode, Rate: *rate, For: *during, FirstToken: *first}
			if o.Rig, err = c.rig(mode); err != nil {
				return err
			}
			r, failed := o.Run(ctx)
			if failed != nil {
				return failed
			}
			if bad := report(c, r, r.Wrong); bad != nil {
				err = bad
			}
		}
		return err
	}
}

func kill(c *common) func(context.Context) error {
	k := drill.Kill{}
	c.IntVar(&k.Rounds, "rounds", 200, "how often the gateway is killed")
	c.IntVar(&k.AtOnce, "at-once", 16, "customers")
	database := c.String("database", "", "the ledger's URL, such as postgres://…; a SQLite file without it")
	return func(ctx context.Context) (err error) {
		if k.Rig, err = c.rig("kill"); err != nil {
			return err
		}
		k.Database = *database
		r, err := k.Run(ctx)
		if err != nil {
			return err
		}
		return report(c, r, r.Wrong)
	}
}

func handoff(c *common) func(context.Context) error {
	h := drill.Handoff{}
	c.IntVar(&h.Runs, "runs", 10000, "conversations that ask for a person")
	c.IntVar(&h.Kills, "kills", 40, "how often the gateway is killed meanwhile")
	c.IntVar(&h.AtOnce, "at-once", 64, "customers")
	database := c.String("database", "", "the ledger's URL, such as postgres://…; a SQLite file without it")
	return func(ctx context.Context) (err error) {
		if h.Rig, err = c.rig("handoff"); err != nil {
			return err
		}
		h.Database = *database
		r, err := h.Run(ctx)
		if err != nil {
			return err
		}
		return report(c, r, r.Wrong)
	}
}

func overload(c *common) func(context.Context) error {
	o := drill.Overload{}
	c.IntVar(&o.Places, "places", 32, "turns that the gateway lets in at once")
	c.DurationVar(&o.FirstToken, "first-token", 200*time.Millisecond, "what a model takes to its first token")
	c.Float64Var(&o.Times, "times", 4, "how many times its capacity is offered")
	c.DurationVar(&o.For, "for", 10*time.Second, "how long")
	c.IntVar(&o.SlowReaders, "slow-readers", 0, "customers who ask and do not read")
	c.DurationVar(&o.Deadline, "deadline", 10*time.Second, "for turns that are let in")
	return func(ctx context.Context) (err error) {
		if o.Rig, err = c.rig("overload"); err != nil {
			return err
		}
		r, err := o.Run(ctx)
		if err != nil {
			return err
		}
		return report(c, r, r.Wrong)
	}
}
