package envelope

// Error says why bytes are no envelope. The edge answers 400 `invalid event envelope` with Cause as the first
// cause and Detail, unless empty, as the second (edge 5.2).
type Error struct {
	Cause  string // one of the Cause constants
	Detail string // free text, empty where edge 5.2 has no second cause
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Cause
	}
	return e.Cause + ": " + e.Detail
}

// The first causes of edge 4.3 and 5.2, exact.
const (
	CauseMissingHeader   = "missing envelope header"
	CauseHeader          = "invalid envelope header"
	CauseNewline         = "missing newline after header or payload"
	CauseOriginMismatch  = "origin header mismatch between envelope and request"
	CauseProjectMismatch = "project id header mismatch between envelope and request"
	CauseKeyMismatch     = "public key header mismatch between envelope and request"
	CauseEnd             = "unexpected end of file"
	CauseItemHeader      = "invalid item header"
	CauseTooManyItems    = "too many individual items"
)

// AllCauses lists the causes.
var AllCauses = []string{CauseMissingHeader, CauseHeader, CauseNewline, CauseOriginMismatch, CauseProjectMismatch, CauseKeyMismatch, CauseEnd, CauseItemHeader, CauseTooManyItems}
