package web

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// maxRobots is how much of a robots.txt is read, in bytes. RFC 9309 asks for 500 KiB at least; what follows is ignored.
const maxRobots = 512 << 10

// maxCrawlDelay caps what a robots.txt may ask for between two requests.
const maxCrawlDelay = 30 * time.Second

// robots is what a robots.txt says to us (RFC 9309). The usual library is not used: it matches patterns with "*" in the
// middle of paths, prefers the first of two rules of equal length rather than Allow, and refuses a file for one bad line.
type robots struct {
	rules    []rule
	delay    time.Duration
	sitemaps []string
}

type rule struct {
	pattern
	allow bool
}

// allows says whether a path may be fetched: the longest rule that matches decides, Allow among equals.
func (r *robots) allows(path string) bool {
	if path == "/robots.txt" {
		return true
	}
	allowed, length := true, -1
	for _, rule := range r.rules {
		if rule.length < length || rule.length == length && allowed {
			continue
		}
		if rule.match(path) {
			allowed, length = rule.allow, rule.length
		}
	}
	return allowed
}

// parseRobots reads a robots.txt for an agent. All groups that name it count as one; where none does, those for "*".
// Lines that say nothing known are passed over.
func parseRobots(body []byte, agent string) *robots {
	var ours, others group
	var named, grouped bool // whether the agent is named anywhere; whether rules have followed the last names
	var current []*group
	out := &robots{}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	for line := range strings.FieldsFuncSeq(string(body), func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-agent":
			if grouped {
				current, grouped = nil, false
			}
			switch {
			case value == "*":
				current = append(current, &others)
			case agentToken(value) == agent:
				current, named = append(current, &ours), true
			}
		case "allow":
			grouped = true
			add(current, value, true)
		case "disallow":
			grouped = true
			add(current, value, false)
		case "crawl-delay":
			grouped = true
			for _, g := range current {
				g.delay = crawlDelay(value)
			}
		case "sitemap":
			out.sitemaps = append(out.sitemaps, value)
		}
	}
	chosen := others
	if named {
		chosen = ours
	}
	out.rules, out.delay = chosen.rules, chosen.delay
	return out
}

// group is the rules for some agents.
type group struct {
	rules []rule
	delay time.Duration
}

func add(to []*group, path string, allow bool) {
	if path == "" {
		return
	}
	for _, g := range to {
		g.rules = append(g.rules, rule{newPattern(path), allow})
	}
}

// agentToken is the product token that an agent's name begins with, in lower case: letters, hyphens and underscores.
func agentToken(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
	if end >= 0 {
		s = s[:end]
	}
	return strings.ToLower(s)
}

func crawlDelay(value string) time.Duration {
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, maxCrawlDelay.Seconds()) * float64(time.Second))
}
