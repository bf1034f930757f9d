package httpapi

import (
	"slices"
	"strconv"

	"switchboard"
	"switchboard/kb"
)

// audienceInternal is that of what only staff may read. No customer can have it: neither a page nor what identifies a
// customer may name it.
const audienceInternal = "internal"

const (
	maxAudiences = 16
	maxAudience  = 64 // bytes of one
)

// isAudience accepts names of lower-case letters, digits, hyphens and underscores.
func isAudience(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxAudience
}

func checkAudiences(field string, names []string) error {
	if len(names) > maxAudiences {
		return switchboard.FieldError(field, "There must be at most %d audiences.", maxAudiences)
	}
	for i, name := range names {
		if !isAudience(name) {
			return switchboard.FieldError(field+"."+strconv.Itoa(i),
				"An audience must be 1 to %d lower-case letters, digits, hyphens and underscores.", maxAudience)
		}
	}
	return nil
}

// audiences is whose documents a conversation may be answered from: the public's always, and those that are verified,
// because a secret key names them or because the operator's backend has signed them. A customer's words and what a page
// says of itself verify nothing. nil named and "" identity are none.
func (s *Server) audiences(who caller, field string, named []string, identity string) ([]string, error) {
	if named != nil && !who.open && !who.secret {
		return nil, switchboard.Errorf(switchboard.Forbidden, "Only a secret key may name audiences; pages send a signed identity.")
	}
	if err := checkAudiences(field, named); err != nil {
		return nil, err
	}
	if slices.Contains(named, audienceInternal) && !who.open && len(who.key.Roles) == 0 {
		return nil, switchboard.Errorf(switchboard.Forbidden, "Only a secret key with a role may name the audience %q.", audienceInternal)
	}
	all := append([]string{kb.AudiencePublic}, named...)
	if identity != "" {
		signed, err := s.identities.read(identity)
		if err != nil {
			return nil, err
		}
		all = append(all, signed...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
