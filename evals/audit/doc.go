// Package audit asks a suite's questions again in other words — another name, dialect, spelling, manner — and measures
// whether the customer who writes so is served differently.
//
// Read [Expand] and [Compare] first: a suite becomes one in which each case is asked as it is and in every form, and the
// report of its run becomes pairs. forms.go lists the forms, a row each; stats.go has the intervals. All of it follows
// from a seed. What a form changes is the way of asking: numbers, names and the words that an answer turns on stay.
package audit
