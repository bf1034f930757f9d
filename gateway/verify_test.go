package gateway

import "testing"

func TestMarkersAreNumberedInTheOrderOfTheirUse(t *testing.T) {
	o := &outlet{numbers: map[int]int{}}
	tests := []struct {
		name, sentence string
		cites          []int
		want           string
	}{
		{"the first one used is 1", "A [3].", nil, "A [1]."},
		{"known ones keep their number", "B [1][3]. ", nil, "B [2][1]. "},
		{"a list of markers", "C [3, 2].", nil, "C [1][3]."},
		{"one is added where there is none", "D. ", []int{2}, "D. [3] "},
		{"none is added where nothing needs it", "Hello. ", nil, "Hello. "},
		{"brackets that are none stay", "See [the app] [x1].", nil, "See [the app] [x1]."},
	}
	for _, tt := range tests {
		if got := o.number(tt.sentence, tt.cites); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
