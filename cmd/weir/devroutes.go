package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"weir/codecs/envelope"
	"weir/edge"
	"weir/topologies/outcomes"
	"weir/topologies/trace"
)

// devRoutes are the endpoints for test suites: what the pipeline of this process decided, as JSON.
func (d *dev) devRoutes() []edge.Route {
	get := []string{http.MethodGet}
	list := func(path, fate string) edge.Route {
		return edge.Route{Path: path, Methods: get, Handle: func(*edge.Exchange) edge.Reply {
			rows := []recorded{}
			for _, r := range d.record.rowsSince(0) {
				if r.Fate == fate {
					rows = append(rows, r)
				}
			}
			return jsonReply(rows)
		}}
	}
	return []edge.Route{
		list("/dev/good", "accepted"),
		list("/dev/outcomes", "discarded"),
		list("/dev/dead-letters", "dead"),
		{Path: "/dev/info", Methods: get, Handle: func(*edge.Exchange) edge.Reply {
			return jsonReply(devInfo{PID: os.Getpid(), Brokers: d.cluster.Brokers})
		}},
		{Path: "/dev/status", Methods: get, Handle: func(x *edge.Exchange) edge.Reply {
			s, err := d.summary(x.R.Context())
			if err != nil {
				return edge.Problem(http.StatusServiceUnavailable, err.Error())
			}
			return jsonReply(s)
		}},
		{Path: "/dev/trace/{}", Methods: get, Handle: d.traceRoute},
		{Path: "/dev/reset", Methods: []string{http.MethodPost}, Handle: func(*edge.Exchange) edge.Reply {
			d.record.reset()
			return edge.JSON(http.StatusOK, []byte("{}"))
		}},
	}
}

// traceRoute is `weir trace --all --json` over everything that this broker still has.
func (d *dev) traceRoute(x *edge.Exchange) edge.Reply {
	id, err := envelope.ParseEventID(x.Params[0])
	if err != nil || id.IsNil() {
		return edge.Problem(http.StatusBadRequest, "not an id: 32 hexadecimal digits, with or without dashes")
	}
	ctx, cancel := context.WithTimeout(x.R.Context(), time.Minute)
	defer cancel()
	doc, err := d.traces.run(ctx, trace.Config{ID: id, All: true})
	switch {
	case err != nil:
		return edge.Problem(http.StatusServiceUnavailable, err.Error())
	case len(doc.Envelopes) == 0:
		return edge.Problem(http.StatusNotFound, "no envelope has this id")
	}
	return jsonReply(doc)
}

func jsonReply(v any) edge.Reply {
	b, err := json.Marshal(v)
	if err != nil {
		return edge.Problem(http.StatusInternalServerError, err.Error())
	}
	return edge.JSON(http.StatusOK, b)
}

// summary is the conservation equation as of now.
func (d *dev) summary(ctx context.Context) (outcomes.Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return outcomes.Summarize(ctx, d.cluster, d.names, d.groups, d.counters)
}
