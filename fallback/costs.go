package fallback

// Costs are what the outcomes of a turn cost, in any unit: what counts is how they compare.
type Costs struct {
	Wrong   float64 `yaml:"wrong"`   // an answer that the knowledge base does not give
	Missed  float64 `yaml:"missed"`  // a question that it answers, not answered
	Clarify float64 `yaml:"clarify"` // a question back
	// Caught is the share of unanswerable questions of which a model that reads the passages says so, 0..1.
	Caught float64 `yaml:"caught"`
}

// over returns o's costs, and c's where o states none.
func (c Costs) over(o Costs) Costs {
	pick := func(own, base float64) float64 {
		if own == 0 {
			return base
		}
		return own
	}
	return Costs{pick(o.Wrong, c.Wrong), pick(o.Missed, c.Missed), pick(o.Clarify, c.Clarify), pick(o.Caught, c.Caught)}
}

// defaultCosts stand where a policy states none.
var defaultCosts = Costs{Wrong: 1.5, Missed: 1, Clarify: 0.5, Caught: 0.93}

func (p *Policy) costsOf(topic string) Costs {
	if t := p.topic(topic); t != nil {
		return p.costs.over(t.Costs)
	}
	return p.costs
}

// thresholds are the probabilities from which an answer costs less than none: quoted as it stands, and from a model,
// which catches most of what it should not answer. A policy that states thresholds itself is followed.
func (c Costs) thresholds(stated thresholds) (quote, model float64) {
	quote = c.Wrong / (c.Wrong + c.Missed)
	left := c.Wrong * (1 - c.Caught)
	model = left / (left + c.Missed)
	if stated.Evidence > 0 {
		quote = stated.Evidence
	}
	if stated.Model > 0 {
		model = stated.Model
	}
	return quote, min(model, quote)
}

// asks reports whether asking back costs less than answering, where the passages answer with a probability and the best
// of several that compete is what is meant with another.
func (c Costs) asks(answers, meant float64) bool {
	return c.Clarify+(1-answers)*c.Wrong < (1-answers*meant)*c.Wrong
}

// EvidenceThresholds are the scores from which passages are quoted as they stand, and from which a model is asked, on a
// topic; "" is none.
func (p *Policy) EvidenceThresholds(topic string) (quote, model float64) {
	return p.costsOf(topic).thresholds(p.limits)
}
