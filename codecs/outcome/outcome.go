package outcome

import (
	"time"

	"weir/codecs/dsn"
)

// ID says how an item ended, as a wire number (pipeline 7.1).
type ID uint8

// The outcome ids. Abuse and CardinalityLimited are never produced.
const (
	Accepted           ID = 0
	Filtered           ID = 1
	RateLimited        ID = 2
	Invalid            ID = 3
	Abuse              ID = 4
	ClientDiscard      ID = 5
	CardinalityLimited ID = 6
)

// AllIDs lists the ids in wire order.
var AllIDs = []ID{Accepted, Filtered, RateLimited, Invalid, Abuse, ClientDiscard, CardinalityLimited}

var idNames = [...]string{"accepted", "filtered", "rate_limited", "invalid", "abuse", "client_discard", "cardinality_limited"}

func (id ID) String() string {
	if int(id) >= len(idNames) {
		return "unknown"
	}
	return idNames[id]
}

// ParseID reads what String returns.
func ParseID(s string) (ID, bool) {
	for i, name := range idNames {
		if s == name {
			return ID(i), true
		}
	}
	return 0, false
}

// Reason is the reason text of an outcome (outcome_reasons.tsv); empty means that there is none.
type Reason string

// Blank is a reason that is there and empty, as the reason code of a quota may be. It begins with a character that no text holds: clients
// may send any other, NUL too.
const Blank Reason = "\ufdd0blank"

// Text is what messages and headers say.
func (r Reason) Text() string {
	if r == Blank {
		return ""
	}
	return string(r)
}

// Quantity is how much of one category an item counts for.
type Quantity struct {
	Category Category
	N        uint64
}

// Tally is a counted outcome of one project key, the unit of aggregation (pipeline 7.2, 7.5).
type Tally struct {
	Scope     dsn.Scoping
	Timestamp time.Time // receive time for drops, report time for client reports (7.3)
	ID        ID
	Reason    Reason
	Category  Category
	Quantity  uint64
	Source    string // of the relay below that counted it; empty: our own (outcomes.source)
}
