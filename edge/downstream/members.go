package downstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// members reads the body of a query: one object, in which none of the names that the query knows stands twice. Values of other names may be
// nested as deeply as they like.
func members(b []byte, known ...string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("expected an object")
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string) // a decoder takes nothing else here
		if _, twice := m[name]; twice && slices.Contains(known, name) {
			return nil, fmt.Errorf("duplicate field `%s`", name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		m[name] = value
	}
	if _, err := d.Token(); err != nil { // the end of the object
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("trailing characters")
	}
	return m, nil
}

type errMissing string

func (e errMissing) Error() string { return "missing field `" + string(e) + "`" }
