package topic

// DefaultNamespace is the prefix of every topic and group of weir's own.
const DefaultNamespace = "weir-"

// Names are weir's own topics under one namespace (house 1).
type Names struct {
	Raw             string // one record an envelope: what the edge accepted
	Blobs           string // chunks of envelopes above 900 kB
	Released        string // envelopes that had to wait for their project config
	Parked          string // envelopes that wait for their project config
	ProjectRequests string // keys whose config is wanted
	ProjectsTable   string // project configs by key, compacted
	Ledger          string // what became of every source offset
	DeadLetters     string // what weir could not process
	RateLimits      string // limits in force
	OutcomesTable   string // counters by project key and hour: the table of the outcomes group
	Forward         string // envelopes for the upstream, processing off
	ForwardAside    string // of these, what the upstream does not answer for although it answers for others
}

// NamesIn returns the names with the given prefix, which is used as it is.
func NamesIn(namespace string) Names {
	return Names{
		Raw:             namespace + "raw",
		Blobs:           namespace + "blobs",
		Released:        namespace + "released",
		Parked:          namespace + "parked",
		ProjectRequests: namespace + "project-requests",
		ProjectsTable:   namespace + "projects-table",
		Ledger:          namespace + "ledger",
		DeadLetters:     namespace + "dead-letters",
		RateLimits:      namespace + "rate-limits",
		OutcomesTable:   Table(GroupsIn(namespace).Outcomes),
		Forward:         namespace + "forward",
		ForwardAside:    namespace + "forward-aside",
	}
}

// Groups are weir's consumer groups under one namespace.
type Groups struct{ Pipeline, Projects, Parking, Outcomes, Forward, ForwardAside string }

// GroupsIn returns the group names with the given prefix.
func GroupsIn(namespace string) Groups {
	return Groups{
		Pipeline:     namespace + "pipeline",
		Projects:     namespace + "projects",
		Parking:      namespace + "parking",
		Outcomes:     namespace + "outcomes",
		Forward:      namespace + "forward",
		ForwardAside: namespace + "forward-aside",
	}
}

// Table returns the table topic that goka keeps for a group.
func Table(group string) string { return group + "-table" }

// Headers of records on raw, released and parked (codecs/raw says what they hold).
const (
	HeaderVersion   = "v"
	HeaderReceipt   = "receipt"
	HeaderReceived  = "received"
	HeaderKey       = "key"
	HeaderSampling  = "sampling"
	HeaderProject   = "project"
	HeaderItems     = "items"
	HeaderDiscards  = "discards"
	HeaderSignature = "signature"
	HeaderTrusted   = "trusted"
	HeaderParked    = "parked"
	HeaderReplay    = "replay"
	HeaderManifest  = "manifest"
	HeaderAside     = "aside"  // on forward-aside: attempts that failed and when to try again
	HeaderCovers    = "covers" // on forward: the source offsets whose outcomes are told
	HeaderChunk     = "chunk"  // on blobs, with the receipt: the number of the chunk
)
