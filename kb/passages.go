package kb

import (
	"encoding/json"

	"switchboard"
)

// storedPassage is a passage in the passages' file. What it shares with its document is not repeated.
type storedPassage struct {
	DocumentID string   `json:"document_id"`
	ID         string   `json:"id"`
	Section    []string `json:"section,omitempty"`
	Text       string   `json:"text"`
	Start      int      `json:"start"`
	End        int      `json:"end"`
	// Terms is how many terms the index has of the title and the text: the lengths that ranking needs, exactly.
	Terms lengths `json:"terms"`
}

func encodePassages(cuts []cut, terms []lengths) ([][]byte, error) {
	lines := make([][]byte, len(cuts))
	for i, c := range cuts {
		line, err := json.Marshal(storedPassage{c.DocumentID, c.ID, c.Section, c.Text, c.Start, c.End, terms[i]})
		if err != nil {
			return nil, err
		}
		lines[i] = line
	}
	return lines, nil
}

// passage is the stored passage with what its document knows.
func (p storedPassage) passage(d Document) switchboard.Passage {
	return switchboard.Passage{
		ID: p.ID, DocumentID: d.ID, Title: d.Title, Section: p.Section, URL: d.URL, Lang: d.Lang, Audience: d.Audience,
		Text: p.Text, Start: p.Start, End: p.End,
	}
}
