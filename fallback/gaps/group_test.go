package gaps

import (
	"fmt"
	"slices"
	"testing"
)

func TestGroup(t *testing.T) {
	for _, test := range []struct {
		name  string
		texts []text
		want  []int
	}{
		{"nothing", nil, []int{}},
		{"what says the same is one, in any order and form", []text{
			{"How do I port my number to Ireland?", "en"}, {"porting a number to Ireland", "en"}, {"Is there a cinema in Cork?", "en"},
			{"number port Ireland", "en"},
		}, []int{0, 0, 1, 0}},
		{"languages are apart", []text{{"roaming Suiza", "es"}, {"roaming Suiza", "en"}}, []int{0, 1}},
		{"one common word does not join", []text{
			{"Can I insure my phone against theft?", "en"}, {"Which phone has the best camera at night?", "en"},
			{"Does the phone come with a charger?", "en"},
		}, []int{0, 1, 2}},
		{"a text without words of its own", []text{{"what is it", "en"}, {"what is it?", "en"}, {"", "en"}, {"…", "en"}}, []int{0, 0, 1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, _ := group(test.texts); !slices.Equal(got, test.want) {
				t.Errorf("groups %v, want %v", got, test.want)
			}
		})
	}
}

func TestMisspelledWordsCount(t *testing.T) {
	texts := []text{}
	for i := range 12 {
		texts = append(texts, text{fmt.Sprintf("insurance against theft %d", i), "en"})
	}
	texts = append(texts, text{"insurence agianst theft", "en"})
	of, _ := group(texts)
	if of[len(of)-1] != of[0] {
		t.Errorf("the misspelled text is in group %d, the others in %d", of[len(of)-1], of[0])
	}
}

func TestGroupIsTheSameEachTime(t *testing.T) {
	var texts []text
	for i := range 600 {
		texts = append(texts, text{fmt.Sprintf("thing%d of kind%d with part%d", i%7, i%31, i%13), "en"})
	}
	first, _ := group(texts)
	for range 3 {
		if again, _ := group(texts); !slices.Equal(again, first) {
			t.Fatal("the same texts were grouped in two ways")
		}
	}
}
