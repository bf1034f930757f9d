package privacy

import (
	"strings"
	"sync"
)

// purpose is what a cue introduces.
type purpose int

const (
	introducesName  purpose = iota // what follows is taken for a name unless it is a word of the language
	introducesMaybe                // only what looks like a name is taken for one
	introducesCode                 // a number with letters, of the cue's type
	introducesSecret
	introducesPlace // an address
	introducesBirth
)

// cue is a phrase that introduces personal data.
type cue struct {
	words   []string // folded
	purpose purpose
	typ     Type
	least   int // digits that a code has at least
}

// cues are all phrases, in the languages that customers write most.
var cues = func() (all []cue) {
	add := func(p purpose, t Type, least int, phrases string) {
		for _, line := range strings.Split(phrases, "\n") {
			for _, phrase := range strings.Split(line, ",") {
				if words := strings.Fields(phrase); len(words) > 0 {
					for i, w := range words {
						words[i] = fold(w)
					}
					all = append(all, cue{words, p, t, least})
				}
			}
		}
	}
	add(introducesName, Name, 0, `
		my name is, my names, my name's, name is, name was, full name, first name, last name, surname, maiden name is, name on the account, account name, i am called, im called, people call me,
		everyone calls me, calls me, call me, account holder is, account holder, signed by, in the name of, under the name of, under the name,
		registered to, registered under, i go by, cardholder, addressee, attn, my full name
		me llamo, mi nombre es, mi nombre completo es, a nombre de, el titular es, titular es, mi apellido es, nombre y apellidos
		je mappelle, mon nom est, au nom de, mon prenom est
		ich heisse, mein name ist, auf den namen, kontoinhaber, vor und nachname
		mi chiamo, il mio nome e, a nome di, intestato a
		chamo-me, me chamo, meu nome e, o meu nome e, em nome de
		mijn naam is, ik heet, op naam van, nazywam sie, jag heter, jeg hedder, jeg heter, mitt namn ar`)
	add(introducesMaybe, Name, 0, `
		name, names, i am, im, this is, it is, its, speaking to, speaking with, speak to, speak with, spoke to, spoke with, talk to, talked to, signed, under, join accounts with, correct it to, holder,
		nombre, titular, soy, habla, nom, je suis, cest, ich bin, hier ist, hier spricht, sono, sou, aqui e, ik ben, met, jestem, jag ar, jeg er, user, client, customer, from, by`)
	add(introducesCode, Account, 5, `
		account, account number, account no, acct, customer number, customer id, customer no, customer, client number, client id, contract number, contract no, contract, subscriber number,
		cuenta, numero de cuenta, numero de cliente, numero de contrato, cliente, contrato, kundennummer, kundennr, vertragsnummer, kontonummer,
		numero de compte, numero client, numero de contrat, codice cliente, numero cliente, numero di conto, numero de conta, sort code, routing number, membership number`)
	add(introducesCode, IMEI, 14, `imei, imei number, imei no`)
	add(introducesCode, IMSI, 14, `imsi, imsi number`)
	add(introducesCode, ICCID, 17, `iccid, sim number, sim card number, sim serial number, sim id, numero de la sim, numero de sim, sim-nummer, sim-kartennummer, numero de carte sim`)
	add(introducesCode, Card, 12, `card number, credit card, debit card, credit card number, debit card number, numero de tarjeta, tarjeta, kartennummer, kreditkarte, numero de carte, carte bancaire, numero di carta`)
	add(introducesCode, ID, 5, `
		passport, passport number, passport no, pasaporte, reisepass, passeport, passaporto, passaporte, dni, nie, nif, nino, pps, ppsn, ssn, social security, social security number, national id,
		national insurance, national insurance number, ni number, drivers license, driver license, drivers licence, driving license, driving licence, licence number, license number, id card, identity card, id number, tax id, tax number, tin,
		personalausweis, ausweisnummer, personalausweisnummer, steuer-id, steueridentifikationsnummer, steuernummer, sozialversicherungsnummer, fuhrerschein, permis de conduire, numero de securite sociale,
		carte didentite, nir, codice fiscale, carta didentita, patente, patente numero, bsn, burgerservicenummer, pesel, personnummer, cpf, rg, aadhaar, aadhar, pan, pan card, cpr, hetu, fodselsnummer, contribuinte, numero de contribuinte,
		nss, seguridad social, permiso de conducir, carnet de conducir, cedula, curp, rut, sin, tfn, ahv, medicare number, nhs number, state id, license, licence, drivers, avs`)
	add(introducesSecret, Secret, 0, `
		password, passwd, pwd, passcode, pass phrase, passphrase, pin, pin code, puk, puk code, cvv, cvc, security code, one time code, one-time code, otp, verification code, access code, login code,
		confirmation code, sms code, authentication code, unlock code, porting code, port code, transfer code, pac code, pac, security answer, secret answer, secret word, memorable word, voicemail pin, api key, access key, secret key, access token, bearer,
		contrasena, clave, codigo de seguridad, codigo de verificacion, codigo de acceso, codigo pin, codigo puk, clave de acceso, passwort, kennwort, sicherheitscode, bestatigungscode, zugangscode,
		mot de passe, code de securite, code de verification, code pin, code puk, parola dordine, codice di sicurezza, codice di verifica, palavra-passe, senha, codigo de verificacao, wachtwoord, haslo, losenord`)
	add(introducesPlace, Address, 0, `
		address, address is, my address, i live at, i live in, i live on, living at, live at, lives at, lives on, lives in, moved to, moving to, move to, ship it to, send it to, sent to, deliver it to, delivered to, deliver to, located at, postal address, billing address, delivery address, home address,
		direccion, mi direccion es, vivo en, vive en, me mudo a, calle, domicilio, meine adresse, adresse, anschrift, ich wohne in, wohne, wohnhaft, mon adresse, jhabite, jhabite au, habite, indirizzo, abito in, abito a, vivo in, morada, endereco, moro em, moro na, vivo na`)
	add(introducesBirth, Birthdate, 0, `
		born on, born, born in, date of birth, dob, birth date, birthdate, birthday, birthday is, my birthday, nacido el, naci el, nacida el, fecha de nacimiento, geboren am, geburtsdatum, geboren, ne le, nee le, date de naissance,
		data di nascita, nato il, nata il, data de nascimento, nasci em, geboortedatum`)
	return all
}()

// cuesBy are the cues by their first word, the longest first.
var cuesBy = sync.OnceValue(func() map[string][]*cue {
	m := map[string][]*cue{}
	for i := range cues {
		c := &cues[i]
		list := append(m[c.words[0]], c)
		for k := len(list) - 1; k > 0 && len(list[k].words) > len(list[k-1].words); k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
		m[c.words[0]] = list
	}
	return m
})

// cuesAt calls do for the cues that begin with word i, the longest of each purpose and type. next is the word behind it.
func (s *scanned) cuesAt(i int, do func(c *cue, next int)) {
	if !s.words[i].is(cued) {
		return
	}
	var done [introducesBirth + 1]Type
	for _, c := range cuesBy()[s.words[i].fold] {
		if done[c.purpose] == c.typ || !s.phrase(i, c.words) {
			continue
		}
		done[c.purpose] = c.typ
		do(c, i+len(c.words))
	}
}

func (s *scanned) phrase(i int, words []string) bool {
	if i+len(words) > len(s.words) {
		return false
	}
	for k, w := range words {
		if s.words[i+k].fold != w || k > 0 && len(s.gap(i+k)) > 3 {
			return false
		}
	}
	return true
}
