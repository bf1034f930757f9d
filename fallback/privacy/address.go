package privacy

import "regexp"

// Streets are told by their words, before or behind the number: "12 Harbour Street", "Calle Mayor 5, 3º B".
var (
	streetBehind = regexp.MustCompile(`\b[0-9]{1,5}[A-Za-z]?,?\s+(?:(?:\p{Lu}|[0-9]+(?:st|nd|rd|th)\b)[\pL0-9'’.-]*\s+){1,4}(?i:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|way|close|crescent|grove|gardens|park|quay|row|hill|mews|parade|highway|hwy|circle|cir|trail|parkway|pkwy)\b\.?(?:,?\s+(?i:apt|apartment|flat|unit|suite|ste|floor|no)\.?\s*#?[0-9A-Za-z]{1,5})?`)
	streetBefore = regexp.MustCompile(`\b(?i:calle|c/|avda\.?|avenida|av\.|plaza|pza\.?|paseo|pº|camino|carretera|ronda|travesía|rue|via|strasse|rua)\s+(?:de\s+(?:la\s+|los\s+|las\s+)?|del\s+)?\p{Lu}[\pL'’.-]*(?:\s+(?:de\s+(?:la\s+|los\s+)?|del\s+|y\s+)?\p{Lu}[\pL'’.-]*){0,4},?\s*(?:n[ºo°.]*\s*)?[0-9]{1,4}[A-Za-z]?(?:,?\s*[0-9]{1,2}\s?[ºª°](?:\s?[A-Za-z0-9]{1,3}\b)?)?`)
	introStreet  = regexp.MustCompile(`(?i)\b(?:(?:my|billing|home|new|old|delivery|postal|the|current)\s+address(?:\s+is|\s*:)|address\s*:|i live (?:at|in)|mi direcci[oó]n(?:\s+es|\s*:)|vivo en(?: la| el)?|direcci[oó]n\s*:|moving to|me mudo a)\s+((?:[\pL'’.-]+\s+){0,4}[0-9]{1,5}[A-Za-z]?(?:,?\s+[\pL0-9'’.ºª-]+){0,8}|[0-9]{1,5}[A-Za-z]?,?\s+[\pL'’.-]+(?:,?\s+[\pL0-9'’.-]+){0,7})`)
	unitNumber   = regexp.MustCompile(`\b(?i:apt|apartment|suite|flat)\.?\s+#?[0-9]{1,4}[A-Za-z]?\b`)
	postBox      = regexp.MustCompile(`(?i)\b(?:p\.?\s?o\.?\s?box|apartado de correos)\s+[0-9]{1,6}\b`)
	eircode      = regexp.MustCompile(`\b[AC-FHKNPRTV-Y][0-9][0-9W] ?[0-9AC-FHKNPRTV-Y]{4}\b`)
	ukPostcode   = regexp.MustCompile(`\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}\b`)
	postTown     = regexp.MustCompile(`(?i)\b(?:post ?code|postal code|zip(?: code)?|c[oó]digo postal|eircode)\s*(?:is|es|:)?\s*([A-Z0-9][A-Z0-9 -]{2,8}[A-Z0-9])\b`)
)

func addresses(text string) []Span {
	var out []Span
	for _, re := range []*regexp.Regexp{streetBehind, streetBefore, unitNumber, postBox, eircode, ukPostcode} {
		out = append(out, matches(Address, re, text)...)
	}
	for _, re := range []*regexp.Regexp{introStreet, postTown} {
		for _, sp := range groups(Address, re, text) {
			if hasDigit(text[sp.Start:sp.End]) {
				out = append(out, sp)
			}
		}
	}
	return out
}

func hasDigit(s string) bool { return digitsOf(s) != "" }
