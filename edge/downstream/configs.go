package downstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"weir/codecs/dsn"
	"weir/codecs/jsontext"
	"weir/codecs/project"
	"weir/edge"
)

// versionServed is the only version of the project config API that is answered here.
const versionServed = 3

// projectConfigs is R20 (edge 12.5).
func (a *API) projectConfigs(x *edge.Exchange) edge.Reply {
	version := uint64(0)
	if texts := x.R.URL.Query()["version"]; len(texts) > 0 {
		var err error
		if len(texts) > 1 {
			return edge.Text(http.StatusBadRequest, "Failed to deserialize query string: duplicate field `version`")
		}
		if version, err = strconv.ParseUint(texts[0], 10, 16); err != nil {
			return edge.Text(http.StatusBadRequest, "Failed to deserialize query string: version is not a number")
		}
	}
	switch {
	case version < versionServed:
		return edge.BadRequest("This API version is no longer supported, upgrade your Relay or Client")
	case version > versionServed:
		return pass(a.Fallback)(x)
	}
	caller, buf, problem := a.signed(x)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	req, err := parseConfigsRequest(buf.B)
	if err != nil {
		return edge.BadRequest("invalid JSON data", err.Error())
	}
	return edge.JSON(http.StatusOK, a.answer(caller, req))
}

// configsRequest is the body of R20. Member names are case-sensitive, which is why it is read from a map.
type configsRequest struct {
	keys      []json.RawMessage
	revisions []*string // one for each key, or none at all
	full      bool
	global    bool
}

func parseConfigsRequest(b []byte) (configsRequest, error) {
	var r configsRequest
	m, err := members(b, "publicKeys", "revisions", "fullConfig", "global")
	if err != nil {
		return r, err
	}
	if m["publicKeys"] == nil {
		return r, errMissing("publicKeys")
	}
	if err := json.Unmarshal(m["publicKeys"], &r.keys); err != nil {
		return r, err
	}
	if r.keys == nil {
		return r, errMissing("publicKeys")
	}
	for name, to := range map[string]*bool{"fullConfig": &r.full, "global": &r.global} {
		switch string(m[name]) {
		case "", "false":
		case "true":
			*to = true
		default:
			return r, fmt.Errorf("%s: expected a boolean", name)
		}
	}
	if json.Unmarshal(m["revisions"], &r.revisions) != nil || len(r.revisions) != len(r.keys) {
		r.revisions = nil
	}
	return r, nil
}

// answer builds the answer for every key in the order of the request.
func (a *API) answer(caller edge.Relay, r configsRequest) []byte {
	out := append(make([]byte, 0, 4096), `{"configs":{`...)
	var pending, unchanged []dsn.PublicKey
	more := false
	for i, raw := range r.keys {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			continue
		}
		key, err := dsn.ParsePublicKey(text)
		if err != nil {
			continue
		}
		state, status := a.Projects.Lookup(key)
		switch {
		case status == project.Pending:
			a.Projects.Request(key)
			pending = append(pending, key)
		case status != project.Enabled || state == nil:
		case r.revisions != nil && r.revisions[i] != nil && state.HasRev && *r.revisions[i] == state.Rev:
			unchanged = append(unchanged, key)
		case caller.Internal || slices.Contains(state.Config.TrustedRelays, caller.Key.String()):
			if more {
				out = append(out, ',')
			}
			more = true
			out = append(jsontext.AppendString(out, string(key)), ':')
			if caller.Internal && r.full {
				out = state.AppendFull(out, a.Config.AdvertisedUpstream)
			} else {
				out = state.AppendLimited(out, a.Config.AdvertisedUpstream)
			}
		}
	}
	out = append(out, '}')
	out = appendKeys(out, "pending", pending)
	out = appendKeys(out, "unchanged", unchanged)
	if r.global {
		out = a.appendGlobal(out)
	}
	return append(out, '}')
}

// appendKeys appends a member that is left out when it is empty.
func appendKeys(dst []byte, name string, keys []dsn.PublicKey) []byte {
	for i, k := range keys {
		if i == 0 {
			dst = append(append(append(dst, `,"`...), name...), `":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(dst, string(k))
	}
	if len(keys) > 0 {
		dst = append(dst, ']')
	}
	return dst
}

// appendGlobal appends the global config; a default one, marked as pending, while none is known.
func (a *API) appendGlobal(dst []byte) []byte {
	dst = append(dst, `,"global":`...)
	g, ok := a.Globals.Global()
	if !ok {
		return append(dst, `{},"globalStatus":"pending"`...)
	}
	return append(g.AppendTo(dst), `,"globalStatus":"ready"`...)
}
