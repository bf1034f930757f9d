package privacy

import "regexp"

// blockTail is what may follow a street: flat, town, region, country and postcode, on the same line or the next few.
const blockTail = `(?:[\s,]+(?i:apt|apartment|suite|ste|flat)\.?\s+[0-9]{1,4})?(?:(?:\s*\n\s*,?\s*|,\s*)(?:(?:\p{Lu}[\pL'’.-]*|nan|[A-Z0-9][A-Z0-9 -]{2,7})(?: [\p{Lu}(][\pL'’.)-]*| nan)*(?: [0-9][0-9-]{2,6}(?: [0-9]{2})?)?|[0-9]{2}[0-9 -]{2,5}[0-9]))*(?: [0-9]{4,6}\b)?`

// Streets are told by their words, before or behind the number: "12 Harbour Street", "Calle Mayor 5, 3º B".
var (
	streetBehind = regexp.MustCompile(`\b[0-9]{1,5}[A-Za-z]?,?\s+(?:(?:\p{Lu}|[0-9]+(?:st|nd|rd|th)\b)[\pL0-9'’.-]*\s+){1,4}(?i:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|way|close|crescent|grove|gardens|park|quay|row|hill|mews|parade|highway|hwy|circle|cir|trail|parkway|pkwy)\b\.?(?:,?\s+(?i:apt|apartment|flat|unit|suite|ste|floor|no)\.?\s*#?[0-9A-Za-z]{1,5})?`)
	streetBefore = regexp.MustCompile(`\b(?i:calle|c/|avda\.?|avenida|av\.|plaza|pza\.?|paseo|pº|camino|carretera|ronda|travesía|rue|via|strasse|rua)\s+(?:de\s+(?:la\s+|los\s+|las\s+)?|del\s+)?\p{Lu}[\pL'’.-]*(?:\s+(?:de\s+(?:la\s+|los\s+)?|del\s+|y\s+)?\p{Lu}[\pL'’.-]*){0,4},?\s*(?:n[ºo°.]*\s*)?[0-9]{1,4}[A-Za-z]?(?:,?\s*[0-9]{1,2}\s?[ºª°](?:\s?[A-Za-z0-9]{1,3}\b)?)?`)
	// block is a number, a street's name and another number or a flat, with the lines of town and country behind it.
	block       = regexp.MustCompile(`\b[0-9]{1,5}[ \t]+(?:[0-9]{1,5}[ \t]+)?(?:(?:\p{Lu}[\pL'’.-]*|ul\.|u\.|gate|terrasse|utca|de|del|du|la|da|do|des|les|of|Al)[ \t]+){1,6}[0-9]{1,5}\b[A-Za-z.]?` + blockTail)
	flatBlock   = regexp.MustCompile(`\b[0-9]{0,5}\s*(?:[0-9]{1,5}\s+)?(?:\p{Lu}[\pL'’.-]*\s+){1,6}(?:[0-9]{1,5}\s*)?[\s,]*(?i:apt|suite|ste)\.?\s+[0-9]{1,4}` + blockTail)
	military    = regexp.MustCompile(`(?i)\b(?:psc|unit|cmr|uscgc|uss|usns)\s+[\pL0-9]+,?\s*(?:box\s+[0-9]+)?,?\s*\n?(?:apo|fpo|dpo)\s+[a-z]{2}\s+[0-9]{5}\b`)
	introStreet = regexp.MustCompile(`(?i)\b(?:(?:my|billing|home|new|old|delivery|postal|the|current)\s+address(?:\s+is|\s*:)|address\s*:|i live (?:at|in)|mi direcci[oó]n(?:\s+es|\s*:)|vivo en(?: la| el)?|direcci[oó]n\s*:|moving to|me mudo a)\s+((?:[\pL'’.-]+\s+){0,4}[0-9]{1,5}[A-Za-z]?(?:,?\s+[\pL0-9'’.ºª-]+){0,8}|[0-9]{1,5}[A-Za-z]?,?\s+[\pL'’.-]+(?:,?\s+[\pL0-9'’.-]+){0,7})`)
	unitNumber  = regexp.MustCompile(`\b(?i:apt|apartment|suite|flat)\.?\s+#?[0-9]{1,4}[A-Za-z]?\b`)
	postBox     = regexp.MustCompile(`(?i)\b(?:p\.?\s?o\.?\s?box|apartado de correos)\s+[0-9]{1,6}\b`)
	eircode     = regexp.MustCompile(`\b[AC-FHKNPRTV-Y][0-9][0-9W] ?[0-9AC-FHKNPRTV-Y]{4}\b`)
	ukPostcode  = regexp.MustCompile(`\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}\b`)
	postTown    = regexp.MustCompile(`(?i)\b(?:post ?code|postal code|zip(?: code)?|c[oó]digo postal|eircode)\s*(?:is|es|:)?\s*([A-Z0-9][A-Z0-9 -]{2,8}[A-Z0-9])\b`)
)

// places are the patterns of addresses, each with the words of which one stands in whatever it matches; none means any.
// All of them need a digit.
var places = []struct {
	re    *regexp.Regexp
	words []string
}{
	{streetBehind, nil},
	{streetBefore, []string{
		"calle", "c/", "avda", "avenida", "av.", "plaza", "pza", "paseo", "pº", "camino", "carretera", "ronda", "traves", "rue", "via",
		"strasse", "rua",
	}},
	{unitNumber, []string{"apt", "apartment", "suite", "flat"}},
	{postBox, []string{"box", "apartado"}},
	{eircode, nil},
	{ukPostcode, nil},
}

// likely are patterns that plans and devices look like, too.
var likely = []struct {
	re    *regexp.Regexp
	words []string
}{
	{military, []string{"apo", "fpo", "dpo"}},
	{block, nil},
	{flatBlock, []string{"apt", "suite", "ste"}},
}

// told are patterns whose first group is an address because of the words before it.
var told = []struct {
	re    *regexp.Regexp
	words []string
}{
	{introStreet, []string{"address", "i live", "direcci", "vivo en", "moving to", "me mudo"}},
	{postTown, []string{"post", "zip", "digo postal", "eircode"}},
}

func addresses(s *signs) []Span {
	if !s.counts(1) {
		return nil
	}
	text := s.text
	var out []Span
	for _, p := range likely {
		if !s.says(p.words...) {
			continue
		}
		for _, sp := range matches(Address, p.re, text) {
			if !product(text[sp.Start:sp.End], text[sp.End:]) {
				out = append(out, sp)
			}
		}
	}
	for _, p := range places {
		if s.says(p.words...) {
			out = append(out, matches(Address, p.re, text)...)
		}
	}
	for _, p := range told {
		if !s.says(p.words...) {
			continue
		}
		for _, sp := range groups(Address, p.re, text) {
			if hasDigit(text[sp.Start:sp.End]) && !product(text[sp.Start:sp.End], text[sp.End:]) {
				out = append(out, sp)
			}
		}
	}
	return out
}

var productWord = regexp.MustCompile(`(?i)\b(?:gb|mb|mbps|gbps|hub|fibre|plan|plus|lite|max|unlimited|vireo|go|sim|esim|zone|eur|usd|minutes|texts|months|days|hours|weeks|january|february|march|april|may|june|july|august|september|october|november|december|iphone|galaxy|pixel|card|iban|imei|phone|call|mobile|office|fax)\b|^\s*(?:gb|mb|€|euros?|months?|days?|minutes?|mbps|%)`)

// product reports whether what looks like an address speaks of plans, data, dates or devices.
func product(match, behind string) bool {
	return productWord.MatchString(match) || productWord.FindStringIndex(behind[:min(len(behind), 8)]) != nil && productWord.FindStringIndex(behind[:min(len(behind), 8)])[0] == 0
}

func hasDigit(s string) bool { return digitsOf(s) != "" }
