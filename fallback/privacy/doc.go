// Package privacy replaces personal data in text by tokens such as "[EMAIL_1]" and can put it back within the turn.
//
// Read [Masker.Mask] and [Vault] first; the detectors are in a file each. The package works on strings
// alone, keeps nothing between calls and never logs what it finds.
package privacy
