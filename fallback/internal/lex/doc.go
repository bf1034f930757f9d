// Package lex turns text into folded words and light stems, for everything in fallback that compares words.
//
// Read [Tokens] first. The package knows no policy, no passage and no customer; it works on strings alone.
package lex
