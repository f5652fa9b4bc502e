package normalize

import (
	"strings"
	"time"

	"weir/codecs/event"
)

// unlabeled is the name of transactions without one.
const unlabeled = "<unlabeled transaction>"

// transactionName sets name and source and takes ids out of names that are URLs (11.1).
func (r *run) transactionName() {
	root := r.d.Root
	name := r.slot(root, "transaction")
	if isBlank(name) {
		name.SetString(unlabeled)
	}
	hasSlash := strings.Contains(name.Text(), "/")
	if root.At("transaction_info", "source").IsNull() && !(hasSlash && r.highCardinality()) {
		r.setString(r.object(root, "transaction_info"), "source", "unknown")
	}
	source := root.At("transaction_info", "source")
	if text := source.Text(); text != "url" && text != "sanitized" && !(source.IsNull() && hasSlash) {
		return
	}
	r.sanitizeName(name)
	r.setString(r.object(root, "transaction_info"), "source", "sanitized")
}

// sanitizeName scrubs identifiers, then applies the project's rename rules (11.2, 11.3).
func (r *run) sanitizeName(v *event.Value) {
	var rules []nameRule
	if r.in.Rules != nil {
		rules = r.in.Rules.names
	}
	sanitize(r.d, v, rules, r.in.ReceivedAt)
}

func sanitize(d *event.Doc, v *event.Value, rules []nameRule, now time.Time) {
	original := v.Text()
	scrubbed, remarks := scrubIdentifiers(original)
	for _, rem := range remarks {
		d.AddRemark(v, rem)
	}
	if scrubbed != original {
		d.SetOriginal(v, d.NewString(original))
		v.SetString(scrubbed)
	}
	if name, rule := renamed(rules, scrubbed, now); rule != "" {
		if d.MetaOf(v).Original == nil {
			d.SetOriginal(v, d.NewString(scrubbed))
		}
		v.SetString(name)
		d.AddRemark(v, event.Remark{Rule: rule, Type: 's'})
	}
}

var highCardinalitySDKs = map[string]bool{
	"sentry.javascript.angular": true, "sentry.javascript.browser": true, "sentry.javascript.ember": true, "sentry.javascript.gatsby": true,
	"sentry.javascript.react": true, "sentry.javascript.remix": true, "sentry.javascript.vue": true, "sentry.javascript.nextjs": true,
	"sentry.php.laravel": true, "sentry.php.symfony": true,
}

var rubyStatuses = map[string]bool{
	"invalid_argument": true, "unauthenticated": true, "permission_denied": true, "not_found": true, "already_exists": true, "resource_exhausted": true,
	"cancelled": true, "internal_error": true, "unimplemented": true, "unavailable": true, "deadline_exceeded": true,
}

// highCardinality reports whether the SDK sends raw URLs without saying so.
func (r *run) highCardinality() bool {
	root := r.d.Root
	switch sdk := root.At("sdk", "name").Text(); sdk {
	case "sentry.python":
		_, tag := findPair(root.Get("tags"), "http.status_code")
		return tag != nil && tag.Index(1).Text() == "404" && r.integrates("django")
	case "sentry.javascript.node":
		return strings.EqualFold(root.At("request", "method").Text(), "OPTIONS") && r.integrates("Express")
	case "sentry.ruby":
		return root.Get("modules").Find("rack") >= 0 && rubyStatuses[r.variantAt("trace", "trace").Get("status").Text()]
	default:
		return highCardinalitySDKs[sdk]
	}
}

func (r *run) integrates(name string) bool {
	for _, m := range r.d.Root.At("sdk", "integrations").Members() {
		if m.Value.Text() == name {
			return true
		}
	}
	return false
}

// spanOps gives every operation a name (11.1.4).
func (r *run) spanOps() {
	if trace := r.variantAt("trace", "trace"); trace != nil {
		if op := r.slot(trace, "op"); op.IsNull() {
			op.SetString("default")
		}
	}
	for _, m := range r.d.Root.Get("spans").Members() {
		if m.Value.IsNull() {
			continue
		}
		if op := r.slot(m.Value, "op"); op.IsNull() {
			op.SetString(r.in.Rules.defaultOp(m.Value))
		}
	}
}
