package projects

import "encoding/json"

// request is the value of a record on project-requests; the record's key is the public key.
type request struct {
	// Background says that nobody wants to use the state: it is refreshed before it expires.
	Background bool `json:"background,omitempty"`
}

func (r request) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil { // a struct of one bool
		return nil
	}
	return b
}

// decodeRequest never fails: what cannot be read is an ordinary request for the key.
func decodeRequest(b []byte) (r request) {
	if json.Unmarshal(b, &r) != nil {
		return request{}
	}
	return r
}
