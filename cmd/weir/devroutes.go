package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"weir/edge"
	"weir/topologies/outcomes"
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
		{Path: "/dev/reset", Methods: []string{http.MethodPost}, Handle: func(*edge.Exchange) edge.Reply {
			d.record.reset()
			return edge.JSON(http.StatusOK, []byte("{}"))
		}},
	}
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
