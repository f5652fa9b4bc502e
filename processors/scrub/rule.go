package scrub

// kind is the type of a rule (scrub 2.1).
type kind uint8

const (
	kindAnything kind = iota
	kindPattern
	kindIMEI
	kindMAC
	kindUUID
	kindEmail
	kindIP
	kindCreditCard
	kindIBAN
	kindUserPath
	kindPEMKey
	kindURLAuth
	kindUSSSN
	kindBearer
	kindPassword
	kindCookies
	kindRedactPair
	kindMultiple
	kindAlias
	kindURLAuthLegacy // builtin only
	kinds
)

var kindNames = [kinds]string{
	"anything", "pattern", "imei", "mac", "uuid", "email", "ip", "creditcard", "iban", "userpath", "pemkey", "url_auth",
	"us_ssn", "bearer", "password", "cookies", "redact_pair", "multiple", "alias", "url_auth_legacy",
}

// kindByName returns the kind that a config may call name.
func kindByName(name string) (kind, bool) {
	if name == "redactPair" {
		return kindRedactPair, true
	}
	for k, n := range kindNames[:kindURLAuthLegacy] {
		if n == name {
			return kind(k), true
		}
	}
	return 0, false
}

// rule is one entry of `rules`, or a builtin rule.
type rule struct {
	id        string
	kind      kind
	pattern   string   // of a pattern, and the keyPattern of a redact_pair
	fold      bool     // pattern is case-insensitive: set by generated configs alone
	words     []string // the alternatives of pattern when it is nothing but words
	groups    []uint8  // of a pattern: groups to replace, ascending
	rules     []string // of a multiple, and the one rule of an alias
	hideInner bool     // of a multiple or alias
	redaction redaction
}

// method is how a redaction changes the matched text (scrub 2.2).
type method uint8

const (
	methodDefault method = iota
	methodRemove
	methodReplace
	methodMask
	methodHash
	methodUnknown // drops the text without a remark
)

var methodNames = [...]string{"default", "remove", "replace", "mask", "hash"}

// remarkTypes are the types that redactions leave in `_meta`; 0 for none.
var remarkTypes = [...]byte{methodDefault: 'x', methodRemove: 'x', methodReplace: 's', methodMask: 'm', methodHash: 'p', methodUnknown: 0}

// redaction is the `redaction` of a rule.
type redaction struct {
	method method
	text   string // of replace; the name of an unknown method
}

// defaultText is what replace writes unless it says otherwise.
const defaultText = "[Filtered]"

func methodByName(name string) method {
	for m, n := range methodNames {
		if n == name {
			return method(m)
		}
	}
	return methodUnknown
}

// soft redactions leave a value behind where others delete it (scrub 4.4).
func (r *redaction) soft() bool { return r.method != methodDefault && r.method != methodRemove }
