package normalize

import (
	"strings"

	"weir/codecs/event"
)

// dbDescription masks a query; its tables are the domain (11.10). kind is what follows the first part of the operation.
func dbDescription(kind, system, text string, data lookup) (d description) {
	switch {
	case strings.Contains(kind, "clickhouse"), strings.Contains(kind, "mongodb"), strings.Contains(kind, "redis"),
		data.first("db.system.name", "db.system").IsNull() && (strings.Contains(kind, "active_record") || strings.Contains(kind, "activerecord")):
		return d
	case system == "mongodb":
		d.text = maskJSON(text, data.text("db.operation.name", "db.operation"), data.text("db.collection.name", "db.mongodb.collection"))
		d.ok = d.text != ""
		return d
	case strings.Contains(kind, "prisma"):
		return masked(text)
	}
	query, tables, known := maskSQL(system, text)
	if !known && query == text && text != "" { // no query that is known
		return d
	}
	d = masked(query)
	if len(tables) > 0 {
		d.domain = "," + strings.Join(tables, ",") + ","
	}
	return d
}

// completeDB fills in what a database span does and where, by its text and data.
func completeDB(d *description, op, system, text string, data lookup) {
	if name, ok := data.first("db.operation.name", "db.operation").Str(); ok && op != "db.redis" {
		d.action = name
	} else if d.action == "" {
		d.action = strings.ToUpper(queryAction.FindString(text))
	}
	if strings.HasPrefix(op, "db.redis") {
		return
	}
	if system == "mongodb" {
		d.domain = maskName(data.text("db.collection.name", "db.mongodb.collection"))
	} else if d.domain == "" && strings.HasPrefix(op, "db") { // not of a span that only its data make one of a database
		d.domain = firstTable(text)
	}
}

// maskJSON replaces the values of a JSON query by placeholders, and what its operation works on by the collection. Without these, and of what is
// no object, there is no text.
func maskJSON(text, operation, collection string) string {
	if operation == "" || collection == "" {
		return ""
	}
	d := event.New()
	defer d.Release()
	v, err := d.ParseText(text)
	if err != nil || v.Kind() != event.Object {
		return ""
	}
	maskValues(v, 0)
	v.Set(operation, d.NewString(maskName(collection)))
	v.SortKeys()
	return string(v.AppendTo(nil))
}

// maxQueryDepth is the depth of objects in a query that are shown.
const maxQueryDepth = 3

func maskValues(v *event.Value, depth int) {
	switch {
	case v.Kind() == event.Object && depth <= maxQueryDepth:
		v.SortKeys()
		for _, m := range v.Members() {
			maskValues(m.Value, depth+1)
		}
	case v.Kind() == event.Array && v.Len() > 0:
		v.Truncate(1)
		v.Index(0).SetString("...")
	default:
		v.SetString("?")
	}
}
