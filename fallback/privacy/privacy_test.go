package privacy_test

import (
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"switchboard/fallback"
	"switchboard/fallback/privacy"
	"switchboard/kb/demo"
)

func masker(tb testing.TB) *privacy.Masker {
	tb.Helper()
	m, err := privacy.New(fallback.Default().PersonalData()...)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestMask(t *testing.T) {
	tests := []struct{ text, want string }{
		{"My name is Maria Lopez, mail maria@example.com or call +353 1 555 0117", "My name is [NAME_1], mail [EMAIL_1] or call [PHONE_1]"},
		{"me llamo josé garcía y vivo en Calle Mayor 5, 3º B", "me llamo [NAME_1] y vivo en [ADDRESS_1]"},
		{"I'm John Smith and I live at 12 Harbour Street", "I'm [NAME_1] and I live at [ADDRESS_1]"},
		{"This is Tom, 087 123 4567.", "This is [NAME_1], [PHONE_1]."},
		{"call 0871234567 or (01) 555 0123", "call [PHONE_1] or [PHONE_2]"},
		{"mi móvil es 612 345 678", "mi móvil es [PHONE_1]"},
		{"card 4111 1111 1111 1111 exp 12/27", "card [CARD_1] exp 12/27"},
		{"iban GB82 WEST 1234 5698 7654 32 please", "iban [IBAN_1] please"},
		{"ES9121000418450200051332", "[IBAN_1]"},
		{"IBAN CH93 0076 2011 6238 5295 7 is mine", "IBAN [IBAN_1] is mine"}, // a last group of one
		{"GB83WEST12345698765432 fails its check", ""},
		{"imei 490154203237518", "imei [IMEI_1]"},
		{"IMSI: 272011234567890", "IMSI: [IMSI_1]"},
		{"iccid 8935301234567890120", "iccid [ICCID_1]"},
		{"my account number is 12345678", "my account number is [ACCOUNT_1]"},
		{"customer VR-1234567 here", "customer [ACCOUNT_1] here"},
		{"dni 12345678Z, nie X1234567L, PPS 1234567FA", "dni [ID_1], nie [ID_2], PPS [ID_3]"},
		{"my password is hunter2! and my PIN is 4821", "my password is [SECRET_1]! and my PIN is [SECRET_2]"},
		{"my password is sunshine", "my password is [SECRET_1]"},
		{"my password is wrong", ""},
		{"a password is free of charge", ""},
		{"a@b.co and a@b.co and c@d.org", "[EMAIL_1] and [EMAIL_1] and [EMAIL_2]"},
		{"my ip is 203.0.113.9, my router 192.168.1.1", "my ip is [IP_1], my router 192.168.1.1"},

		{"how much is €4.99 for 500 MB from 2026-01-01 to 31/12/2026, 08:00-22:00?", ""},
		{"call 1717 or 112 from Hub 6 on Fibre 1000, 24 months, 1,000 Mbps", ""},
		{"I paid 29.99 29.99 on 24/12/2026 for Vireo Plus", ""},
		{"I am in Switzerland with an iPhone 15 Pro Max", ""},
		{"I'm on Vireo Go, this is urgent, I am unable to call", ""},
		{"Samsung Galaxy S24 Ultra on Vireo Max 100 GB", ""},
	}
	m := masker(t)
	for _, tt := range tests {
		want := tt.want
		if want == "" {
			want = tt.text
		}
		got, vault := m.Mask(tt.text)
		if string(got) != want {
			t.Errorf("%q became %q, want %q", tt.text, got, want)
		}
		if back := vault.Reveal(string(got)); back != tt.text {
			t.Errorf("%q came back as %q", tt.text, back)
		}
		if vault.Empty() != (want == tt.text) {
			t.Errorf("%q: the vault's emptiness is wrong", tt.text)
		}
	}
}

func TestTokensOfEarlierMaskingStay(t *testing.T) {
	got, vault := masker(t).Mask("[EMAIL_1] wrote, answer to x@example.com")
	if got != "[EMAIL_1] wrote, answer to [EMAIL_2]" {
		t.Errorf("got %q", got)
	}
	if s := vault.Reveal("[EMAIL_1] [EMAIL_2]"); s != "[EMAIL_1] x@example.com" {
		t.Errorf("revealed %q", s)
	}
}

// TestTokensOfAConversationAreToldApart: a later turn's values have other tokens than those of earlier turns, and only what
// the vault holds is put back.
func TestTokensOfAConversationAreToldApart(t *testing.T) {
	m, v := masker(t), privacy.Vault{}
	v.Meet("my mail is [EMAIL_1], or [EMAIL_2]") // recorded
	first := m.MaskInto(&v, "now it is c@example.com")
	again := m.MaskInto(&v, "c@example.com, not d@example.com")
	if first != "now it is [EMAIL_3]" || again != "[EMAIL_3], not [EMAIL_4]" {
		t.Errorf("%q, %q", first, again)
	}
	if s := v.Reveal("[EMAIL_1] [EMAIL_3] [EMAIL_4]"); s != "[EMAIL_1] c@example.com d@example.com" {
		t.Errorf("revealed %q", s)
	}
}

func TestVaultDoesNotPrintItsContents(t *testing.T) {
	_, vault := masker(t).Mask("x@example.com")
	if s := vault.String() + vault.GoString(); strings.Contains(s, "example") {
		t.Error(s)
	}
}

// TestOrdinaryQuestionsStay masks what holds nothing personal: the policy's examples, and the demo articles but for the
// operator's own phone numbers.
func TestOrdinaryQuestionsStay(t *testing.T) {
	m := masker(t)
	var policy []string
	for _, line := range strings.Split(string(fallback.DefaultYAML()), "\n") {
		if s, ok := strings.CutPrefix(line, "        - '"); ok {
			policy = append(policy, strings.TrimSuffix(s, "'"))
		}
	}
	if len(policy) < 300 {
		t.Fatalf("read %d examples", len(policy))
	}
	for _, s := range policy {
		if strings.Contains(s, "new name is Tyler") {
			continue // a name is introduced
		}
		for _, sp := range m.Find(s) {
			t.Errorf("%s %q in %q", sp.Type, s[sp.Start:sp.End], s)
		}
	}
	err := fs.WalkDir(demo.Articles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(demo.Articles, path)
		if err != nil {
			return err
		}
		_, body, _ := strings.Cut(strings.TrimPrefix(string(text), "---\n"), "---\n")
		for _, sp := range m.Find(body) {
			if sp.Type != privacy.Phone && sp.Type != privacy.Email && !strings.HasPrefix(body[sp.Start:sp.End], "PO Box") {
				t.Errorf("%s: %s %q", path, sp.Type, body[sp.Start:sp.End])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewRejectsBadPatterns(t *testing.T) {
	for _, p := range []privacy.Pattern{{Type: "account", Regexp: "x"}, {Type: "", Regexp: "x"}, {Type: "A", Regexp: "("}} {
		if _, err := privacy.New(p); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{
		"a@b.co", "[EMAIL_1]", "+353 1 555 0117", "4111 1111 1111 1111", "my name is \xff", "[[EMAIL_1]_1]", "GB82WEST12345698765432",
		"Hi Mary,\nJohn Smith\n12 Main St 5\nDublin 2", "pin 1234 pin 1234", "[SECRET_999999] pin 1234",
	} {
		f.Add(s)
	}
	m, err := privacy.New(fallback.Default().PersonalData()...)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		masked, vault := m.Mask(text)
		if back := vault.Reveal(string(masked)); back != text {
			t.Errorf("%q became %q and came back as %q", text, masked, back)
		}
		if again, _ := m.Mask(string(masked)); again != masked {
			t.Errorf("%q became %q and then %q", text, masked, again)
		}
		if utf8.ValidString(text) && !utf8.ValidString(string(masked)) {
			t.Errorf("%q became invalid: %q", text, masked)
		}
	})
}

func BenchmarkMask(b *testing.B) {
	m := masker(b)
	text := "Hi, my name is Maria Lopez and my bill of €29.99 is wrong. Call me on +353 87 123 4567 or mail maria@example.com."
	b.ReportAllocs()
	for b.Loop() {
		m.Mask(text)
	}
}
