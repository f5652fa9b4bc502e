// Package intake is the ingestion endpoints: it authenticates a request, collects what it tells about its sender, and
// makes envelopes of its body (edge 3 to 9). What happens to an envelope is edge/admission's business.
//
// It knows no project, no limit and no Kafka. Invariant: each request that is not an envelope becomes exactly one
// envelope on raw (a list of security reports: one each), and no endpoint answers 2xx before the gate has accepted.
package intake
