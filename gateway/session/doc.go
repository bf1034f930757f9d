// Package session keeps what may be lost: rate limits, counters of what a day or a month may use, locks that keep two turns
// of one conversation apart, and the last minutes of each reply's stream, so that a reader whose connection broke can go on
// where it was.
//
// Read [Store] first. [Memory] serves one process and is the default; [Redis] serves several that share the traffic.
// Both behave the same: sessiontest runs one suite on both. The package imports the root only; it knows neither
// conversations' contents nor HTTP, and nothing in it needs to survive a restart.
package session
