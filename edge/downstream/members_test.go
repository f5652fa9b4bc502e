package downstream

import (
	"strings"
	"testing"
)

// Which bodies of R20 are taken: the names it knows once, with values of their kind; unknown names are nobody's business.
func TestConfigsRequest(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for body, taken := range map[string]bool{
		`{"publicKeys":[]}`: true, `{"publicKeys":["a",5,null]}`: true, `{"publicKeys":[],"x":1,"x":2}`: true, `{"publicKeys":[],"noCache":"x"}`: true,
		`{"publicKeys":["a"],"revisions":"x"}`: true, `{"publicKeys":["a"],"revisions":null}`: true, `{"publicKeys":[],"fullConfig":true,"global":false}`: true,
		`{"publicKeys":[],"publicKeys":[]}`: false, `{"publicKeys":[],"publicKey\u0073":[]}`: false, `{"publicKeys":[],"global":true,"global":true}`: false,
		`{"publicKeys":[],"fullConfig":null}`: false, `{"publicKeys":[],"global":1}`: false, `{"publicKeys":null}`: false, `{"publicKeys":{}}`: false, `{}`: false,
		`{"publicKeys":[],"x":` + deep(200) + `}`: true, `{"publicKeys":[]`: false, `{"publicKeys":[],}`: false, `{"publicKeys":[] "x":1}`: false, `{5:1,"publicKeys":[]}`: false,
		`{"x":` + deep(200) + `,"publicKeys":[],"publicKeys":[]}`: false, " {\"publicKeys\":[]}\n": true,
		`null`: false, `[]`: false, ``: false, `{"publicKeys":[]}x`: false, `{"public_keys":[]}`: false, `{"publicKeys":[],"revisions":[],"revisions":[]}`: false,
	} {
		if _, err := parseConfigsRequest([]byte(body)); (err == nil) != taken {
			t.Errorf("%s: %v", body, err)
		}
	}
}
