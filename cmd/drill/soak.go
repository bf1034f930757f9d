package main

import (
	"context"
	"time"

	"switchboard/evals/drill"
)

func soak(c *common) func(context.Context) error {
	s, m := drill.Soak{}, drill.Streams{}
	c.IntVar(&s.Turns, "turns", 100_000, "how many turns")
	c.IntVar(&s.AtOnce, "at-once", 64, "turns under way at once")
	c.Float64Var(&s.Faulty, "faulty", .2, "share of the primary's calls that go wrong")
	c.Float64Var(&s.Leave, "leave", .1, "share of the customers who leave")
	c.IntVar(&m.AtOnce, "streams", 0, "instead: keep so many slow replies open at once")
	c.DurationVar(&m.For, "for", 10*time.Minute, "how long, with -streams")
	c.DurationVar(&m.Gap, "gap", 200*time.Millisecond, "between two words, with -streams")
	return func(ctx context.Context) error {
		rig, err := c.rig("soak")
		if err != nil {
			return err
		}
		if m.AtOnce > 0 {
			m.Rig = rig
			r, err := m.Run(ctx)
			if err != nil {
				return err
			}
			return report(c, r, r.Wrong)
		}
		s.Rig = rig
		r, err := s.Run(ctx)
		if err != nil {
			return err
		}
		return report(c, r, r.Wrong)
	}
}
