// Package pdf takes the text out of PDF files: lines put together again, headings told by their size, tables told by
// their columns, what every page repeats left out.
//
// Read [Read] and [Document] first. A file may be hostile, so nothing in it is believed: objects are found by going
// over the file once instead of by its cross-references (which may lead in circles), everything that is lexed or
// unpacked is counted against one budget, and nothing calls itself without a bound. That is why the package does not
// stand on a general PDF library: an object stream that names itself as its own container overflows the stack there,
// which no recover can catch.
//
// The package must not know what is made of the text, nor read anything but the bytes that it is given. It leaves
// aside what help articles do without: encryption, LZW, fonts that say no characters, text that runs from right to left.
package pdf
