package privacy

// luhn reports whether the digits pass the Luhn check (ISO/IEC 7812-1 annex B).
func luhn(digits string) bool {
	sum := 0
	for i := 0; i < len(digits); i++ {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mod97 reports whether an IBAN without spaces, upper case, passes ISO 7064 MOD 97-10.
func mod97(iban string) bool {
	if len(iban) < 15 || len(iban) > 34 {
		return false
	}
	rem := 0
	for _, c := range iban[4:] + iban[:4] {
		switch {
		case c >= '0' && c <= '9':
			rem = (rem*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rem = (rem*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rem == 1
}

// spanishID reports whether a DNI or NIE ends with its check letter.
func spanishID(s string) bool {
	n := 0
	for i, c := range s[:len(s)-1] {
		switch {
		case i == 0 && c >= 'X' && c <= 'Z':
			n = int(c - 'X')
		case c >= '0' && c <= '9':
			n = n*10 + int(c-'0')
		default:
			return false
		}
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] == s[len(s)-1]
}

// irishPPS reports whether a Personal Public Service number ends with its check letter.
func irishPPS(s string) bool {
	sum := 0
	for i := range 7 {
		sum += int(s[i]-'0') * (8 - i)
	}
	if len(s) > 8 && s[8] >= 'A' && s[8] <= 'W' {
		sum += int(s[8]-'A'+1) * 9
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == s[7]
}

// digitsOf returns the ASCII digits of s.
func digitsOf(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	return string(b)
}
