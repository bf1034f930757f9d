package kb

import (
	"strings"
	"testing"
)

// A code that loses its asterisks is a wrong code.
func TestCodesKeepTheirAsterisks(t *testing.T) {
	tests := []struct{ body, want string }{
		{"Dial *#06# to see the IMEI.", "Dial *#06# to see the IMEI."},
		{"Dial *100#.", "Dial *100#."},
		{"Dial *21*number# to forward all calls.", "Dial *21*number# to forward all calls."},
		{"Dial *21*0885550123#, off with #21#.", "Dial *21*0885550123#, off with #21#."},
		{"Dial *101*code# or *004*171#.", "Dial *101*code# or *004*171#."},
		{"Dial **61*171*11*30# and press call.", "Dial **61*171*11*30# and press call."},
		{"Dial **21*171#, **67*171# or ##002#.", "Dial **21*171#, **67*171# or ##002#."},
		{"Dial *31#number, *43# or *#43#.", "Dial *31#number, *43# or *#43#."},
		{"Dial `*21*number#` or `**61*171*11*30#`.", "Dial *21*number# or **61*171*11*30#."},
		{"Dial **`*21*number#`** now.", "Dial *21*number# now."},
		{"Dial **\\*21\\*number#** now.", "Dial *21*number# now."},
		{"Dial ***#06#** now.", "Dial *#06# now."},
		{"1. Dial *21*number#.\n2. Wait.", "1. Dial *21*number#.\n2. Wait."},
		{"- *61*number#: no answer\n- *67*number#: busy", "- *61*number#: no answer\n- *67*number#: busy"},
		{"| For | On |\n|---|---|\n| All | *21*number# |\n| Voicemail | **61*171*11*30# |",
			"T — For: All; On: *21*number#.\n\nT — For: Voicemail; On: **61*171*11*30#."},
		{"| For | On |\n|---|---|\n| All | `*21*number#` or **#21#** |", "T — For: All; On: *21*number# or #21#."},
		{"Forward *all* calls for **€5.00** a month, *up to 30 days*.", "Forward all calls for €5.00 a month, up to 30 days."},
		{"Choose **5G**, then **4G/5G**. *2* lines, **30**.", "Choose 5G, then 4G/5G. 2 lines, 30."},
		{"***Never*** *share **your** PIN*, _ever_.", "Never share your PIN, ever."},
		{"Un*frigging*believable, 2 * 3 * 4.", "Unfriggingbelievable, 2 * 3 * 4."},
		{"**[*100#](https://a.example)** and *[help](https://a.example)*", "*100# and help"},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			var got []string
			d := Document{ID: "d", Title: "T", Lang: "en", Body: tt.body}.Normalize()
			for _, c := range cutDocument(d) {
				got = append(got, c.Text)
				if c.Start < 0 || c.End > len(d.Body) || c.Start > c.End {
					t.Errorf("%q comes from %d to %d", c.Text, c.Start, c.End)
				}
			}
			if all := strings.Join(got, "\n\n"); all != tt.want {
				t.Errorf("got %q, want %q", all, tt.want)
			}
		})
	}
}
