// Package vector finds the vectors nearest to a query, exactly, among those of one file.
//
// Read [Write], [Open] and [Matrix.Search] first. A vector is known by its place in the file, from 0; "near" is a great
// dot product, which is the cosine where vectors have length 1. [Fuse] and [Blend] join what was found with another
// ranking.
//
// The package must not know texts, documents or models, nor where vectors come from.
package vector
