package downstream

import (
	"encoding/json"
	"fmt"

	"weir/codecs/jsontext"
)

// members reads the body of a query: one object, in which none of the names that the query knows stands twice.
func members(b []byte, known ...string) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	times := map[string]int{}
	r := jsontext.NewReader(b, 0)
	for ok := r.Object(); ok && r.More(); r.Value() {
		times[string(r.Key())]++
	}
	for _, name := range known {
		if times[name] > 1 {
			return nil, fmt.Errorf("duplicate field `%s`", name)
		}
	}
	return m, nil
}

type errMissing string

func (e errMissing) Error() string { return "missing field `" + string(e) + "`" }
