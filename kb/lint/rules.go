package lint

// rule is one row of the table. Each looks at one article at a time, several at once, and may leave something behind
// in its own place of the checker; all looks once at everything that was left.
type rule struct {
	name     string
	severity Severity // of findings that do not say theirs
	each     func(*checker, *article, report)
	all      func(*checker, report)
}

// rules is the table. A new rule is a row here, a file of its own and a row in README.md.
func rules() []rule {
	return []rule{
		{name: "contradiction", severity: SeverityError, each: collectFacts, all: contradictions},
		{name: "duplicate", severity: SeverityError, each: collectText, all: duplicates},
		{name: "near_duplicate", severity: SeverityWarning, each: collectSketch, all: nearDuplicates},
		{name: "title_collision", severity: SeverityWarning, all: titleCollisions},
		{name: "title_missing", severity: SeverityWarning, each: titleMissing},
		{name: "title_is_body", severity: SeverityWarning, each: titleIsBody},

		{name: "expired", severity: SeverityWarning, all: expired},
		{name: "not_yet_valid", severity: SeverityInfo, all: notYetValid},
		{name: "overdue_review", severity: SeverityWarning, all: overdueReview},
		{name: "no_review_date", severity: SeverityInfo, all: noReviewDate},
		{name: "no_owner", severity: SeverityInfo, all: noOwner},
		{name: "supersedes_unknown", severity: SeverityInfo, all: supersedesUnknown},

		{name: "broken_link", severity: SeverityError, each: collectLinks, all: brokenLinks},
		{name: "superseded_but_linked", severity: SeverityWarning, each: collectLinks, all: supersededButLinked},

		{name: "personal_data", severity: SeverityWarning, each: personalData},
		{name: "hidden_instructions", severity: SeverityError, each: hiddenInstructions},
		{name: "hidden_text", severity: SeverityWarning, each: hiddenText},
		{name: "zero_width", severity: SeverityWarning, each: zeroWidth},

		{name: "mixed_language", severity: SeverityWarning, each: mixedLanguage},
		{name: "orphan_language", severity: SeverityInfo, all: orphanLanguage},

		{name: "passage_too_long", severity: SeverityWarning, each: passageTooLong},
		{name: "passage_empty", severity: SeverityError, each: passageEmpty},
		{name: "table_too_wide", severity: SeverityWarning, each: tableTooWide},
		{name: "heading_only", severity: SeverityWarning, each: headingOnly},
		{name: "unreadable", severity: SeverityInfo, each: unreadable},
	}
}

// Rules are the names of the rules, in the order in which README.md explains them.
func Rules() []string {
	var names []string
	for _, r := range rules() {
		names = append(names, r.name)
	}
	return names
}
