package normalize

import (
	"crypto/md5"
	"encoding/hex"
	"strings"

	"weir/codecs/span"
)

// The attributes of queries.
const (
	attrQuery      = "sentry.normalized_db_query"
	attrOperation  = "db.operation.name"
	attrCollection = "db.collection.name"
	attrDomain     = "sentry.domain"
)

// database masks the query of a span and reads its operation and tables from it (items 12.3).
func (r *recordRun) database(op string) {
	if r.a.Has(attrQuery) {
		return
	}
	text := r.a.Plain("db.query.text")
	if first, _, _ := strings.Cut(op, "."); text == "" && first == "db" {
		text = r.a.Plain(span.AttrDescription)
	}
	d := description{}
	switch system := r.a.Plain("db.system.name"); {
	case text == "":
	case strings.EqualFold(system, "redis"), op == "db.redis":
		d = describeSpan("db.redis", system, text, r.a.Value, nil)
	default:
		if d = dbDescription("", system, text, r.a.Value); d.ok {
			d.action = strings.ToUpper(queryAction.FindString(text))
		}
	}
	if d.text != "" {
		sum := md5.Sum([]byte(d.text))
		r.a.SetText(attrQuery, d.text)
		r.a.SetText("sentry.normalized_db_query.hash", hex.EncodeToString(sum[:8]))
	}
	if name := r.a.Value(attrOperation); name.IsNull() {
		r.a.AddText(attrOperation, d.action)
	} else if s, ok := name.Str(); ok {
		r.a.SetText(attrOperation, strings.ToUpper(s))
	}
	if name, ok := r.a.Text(attrCollection); ok { // written anew, without what else the attribute said
		r.a.SetText(attrCollection, name)
	}
	r.a.AddText(attrCollection, d.domain)
}

const (
	attrMethod = "http.request.method"
	attrURL    = "url.full"
	attrServer = "server.address"
)

// request brings method, URL and server of an HTTP span into one form (items 12.3). What the attributes do not say may be in the
// description. A URL without a host that can be told says nothing about the server.
func (r *recordRun) request() {
	method, address := r.a.Plain(attrMethod), r.a.Plain(attrURL)
	if word, rest, two := strings.Cut(r.a.Plain(span.AttrDescription), " "); two {
		if method == "" {
			method = word
		}
		if address == "" {
			address = rest
		}
	}
	if method != "" {
		r.a.SetText(attrMethod, strings.ToUpper(method))
	}
	if op := r.a.Plain(span.AttrOp); op == "http.client" {
		if method != "" && address != "" {
			if d := httpDescription(op, method+" "+address, noData, r.rules.allowedHosts()); d.domain != "" {
				r.a.SetText(attrServer, d.domain)
				r.a.AddText(attrURL, address)
				return
			}
		}
		if server := hideServer(r.a.Plain(attrServer)); server != "" {
			r.a.SetText(attrServer, server)
		}
	}
}
