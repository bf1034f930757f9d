package analysis

import (
	"strings"
	"testing"
)

// TestGreekForms wants the forms of a word to meet, and different words not to.
func TestGreekForms(t *testing.T) {
	stems := map[string]string{}
	for _, forms := range []string{
		"λογαριασμός λογαριασμού λογαριασμό λογαριασμοί λογαριασμών λογαριασμούς ΛΟΓΑΡΙΑΣΜΟΣ",
		"κάρτα κάρτας κάρτες καρτών καρτα",
		"σύνδεση σύνδεσης συνδέσεις συνδέσεων συνδέσεως",
		"πρόγραμμα προγράμματος προγράμματα προγραμμάτων",
		"πακέτο πακέτου πακέτα πακέτων",
		"τιμολόγιο τιμολογίου τιμολόγια τιμολογίων",
		"κουμπί κουμπιού κουμπιά κουμπιών",
		"συνδρομητής συνδρομητή συνδρομητές συνδρομητών",
		"υπηρεσία υπηρεσίας υπηρεσίες υπηρεσιών",
		"λάθος λάθους λάθη λαθών",
		"ώρα ώρας ώρες ωρών",
		"νέος νέα νέο νέου νέων νέους",
		"μήνας μήνα μήνες μηνών",
		"χρεώνω χρεώνει χρεώνουμε χρεώνετε χρεώνουν χρεώνεται χρεώνονται",
		"χρέωση χρέωσης χρεώσεις χρεώσεων",
		"εταιρεία εταιρείας εταιρείες εταιρειών",
		"κινητό κινητού κινητά κινητών κινητή κινητής",
	} {
		for form := range strings.FieldsSeq(forms) {
			term := For("el").Word(form)
			first := For("el").Word(strings.Fields(forms)[0])
			if term != first {
				t.Errorf("%s is %s, %s is %s", form, term, strings.Fields(forms)[0], first)
			}
			if other := stems[term]; other != "" && other != forms {
				t.Errorf("%s is %s like %s", form, term, other)
			}
			stems[term] = forms
		}
	}
}
