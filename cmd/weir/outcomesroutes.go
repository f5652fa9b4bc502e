package main

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/topologies/outcomes"
)

// outcomesReport is what GET /outcomes answers: everything that was ever counted, and a row for each project key and hour.
type outcomesReport struct {
	Totals outcomes.Balance `json:"totals"`
	Counts []statusCount    `json:"outcomes"`
	Rows   []outcomesRow    `json:"rows"`
}

// outcomesRow is what was received of one project key in one hour.
type outcomesRow struct {
	Key  dsn.PublicKey `json:"key"`
	Hour time.Time     `json:"hour"`
	outcomes.Balance
	Counts []statusCount `json:"outcomes"`
}

// outcomeRoutes serve the counters of the outcomes table. Every process has all of them:
//
//   - GET /outcomes?key=K&from=T&to=T: JSON; all keys and hours without parameters. T is RFC 3339 or seconds since 1970, to is exclusive
//   - GET /outcomes/metrics?key=K: the same for Prometheus, with a series for each key, outcome, category and reason
func (s *stack) outcomeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /outcomes", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		key := dsn.PublicKey(q.Get("key"))
		from, err := hourOf(q.Get("from"), 0)
		to, err2 := hourOf(q.Get("to"), 1<<62)
		if err = cmp.Or(err, err2); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.outcomes(key, from, to)) // who asked has gone away
	})
	mux.HandleFunc("GET /outcomes/metrics", func(w http.ResponseWriter, r *http.Request) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(outcomes.NewCollector(s.counters, s.names), outcomes.Detail{View: s.counters, Key: dsn.PublicKey(r.URL.Query().Get("key"))})
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// hourOf reads a time as its hour since 1970.
func hourOf(text string, fallback int64) (int64, error) {
	if text == "" {
		return fallback, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ledger.HourOf(n), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	return ledger.HourOf(t.Unix()), err
}

func (s *stack) outcomes(key dsn.PublicKey, from, to int64) outcomesReport {
	totals := s.counters.Totals()
	r := outcomesReport{Totals: totals.Balance(s.names), Counts: countRows(totals.Counts), Rows: []outcomesRow{}}
	s.counters.Each(func(k outcomes.Key, row *outcomes.Row) bool {
		if k.Project != ledger.TotalsKey && (key == "" || k.Project == key) && k.Hour >= from && k.Hour < to {
			r.Rows = append(r.Rows, outcomesRow{k.Project, time.Unix(k.Hour*3600, 0).UTC(), row.Live.Balance(s.names), countRows(row.Live.Counts)})
		}
		return true
	})
	slices.SortFunc(r.Rows, func(a, b outcomesRow) int { return cmp.Or(cmp.Compare(a.Key, b.Key), a.Hour.Compare(b.Hour)) })
	return r
}
