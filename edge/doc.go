// Package edge is everything HTTP. This package itself is the vocabulary of the rooms below it: an HTTP exchange
// and its reply, a route, and what the edge needs from the rest of weir (views of projects and limits, a
// writer to the raw topic, the account of refused requests). cmd joins the implementations.
//
//	server     listeners, routing, what every request goes through (edge 1, 2)
//	body       request bodies: decompression, limits, pooled memory
//	intake     the ingestion endpoints: authentication, metadata, request to envelope (edge 3-8)
//	admission  the fast path: what is refused before anything is written (edge 10)
//	producer   the writer to raw and blobs
//	upstream   client of the upstream's relay API, and forwarding to it (edge 1.4, 12)
//	downstream the relay API that weir serves itself (edge 12)
//	health     liveness, readiness, memory (edge 13)
//
// It knows neither goka nor the topologies. Invariant: a 2xx is given only for what the writer acknowledged.
package edge
