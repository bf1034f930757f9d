// Package spell proposes terms of an index for words that it does not have.
//
// Read [Corrector] first.
//
// The package must not know how words become terms, nor what an index is: it is given a vocabulary and a stemmer.
package spell
