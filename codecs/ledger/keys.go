package ledger

import (
	"errors"
	"strconv"
	"strings"

	"weir/codecs/dsn"
)

// Keys that stand where a public key does. They are shorter than any public key, so that nobody can send them.
const (
	// NoKey is the key of records whose public key cannot be read.
	NoKey dsn.PublicKey = "-"
	// TotalsKey is the key of the sums over all projects: every source offset is counted there once more, with the source's partition
	// in place of the hour. Rows of projects go after some time, these stay.
	TotalsKey dsn.PublicKey = "@totals"
)

// ParseRecordKey reads what RecordKey makes.
func ParseRecordKey(key string) (project dsn.PublicKey, hour int64, err error) {
	i := strings.LastIndexByte(key, ':')
	if i < 0 {
		return "", 0, errors.New("ledger key: no hour")
	}
	if project, err = parseKey(key[:i]); err != nil {
		return "", 0, err
	}
	hour, err = strconv.ParseInt(key[i+1:], 10, 64)
	return project, hour, err
}

func parseKey(s string) (dsn.PublicKey, error) {
	if k := dsn.PublicKey(s); k == NoKey || k == TotalsKey {
		return k, nil
	}
	return dsn.ParsePublicKey(s)
}
