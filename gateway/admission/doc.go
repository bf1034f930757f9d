// Package admission decides which turns run now, which wait for a little while, and which are refused at once.
//
// Read [Gate] first: Enter is the whole of it. queue.go is the order in which those who wait are served, pace.go the
// estimate of how long that takes. The package knows keys and conversations as names, and nothing of HTTP or of turns.
package admission
