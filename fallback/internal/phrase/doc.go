// Package phrase matches short word patterns that a person without programming can read and write, such as
// "ignore|disregard .. previous|prior instruct*".
//
// Read [Compile] for the notation and [Set] for the use. The package knows nothing of what its patterns mean.
package phrase
