package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The counters of a project, of an hour and of everything, as JSON and for Prometheus.
func TestOutcomesAreServed(t *testing.T) {
	d := startTestDev(t, devSettings{demo: true})
	d.known(t, freePlan.key)
	for i := range 5 { // the plan takes three
		body := fmt.Sprintf("{\"event_id\":\"%032x\"}\n{\"type\":\"event\"}\n{\"message\":\"hello\"}\n", i+1)
		post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", d.base, freePlan.id, freePlan.key), nil, []byte(body))
	}
	d.settled(t)
	mux := http.NewServeMux()
	d.outcomeRoutes(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	get := func(path string) (int, string) {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	report := func(query string) (r outcomesReport) {
		t.Helper()
		status, body := get("/outcomes" + query)
		if err := json.Unmarshal([]byte(body), &r); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", query, status, body)
		}
		return r
	}
	all := report("?key=" + freePlan.key)
	var accepted uint64
	for _, row := range all.Rows {
		for _, c := range row.Counts {
			if c.Outcome == "accepted" && c.Category == "error" {
				accepted += c.Quantity
			}
		}
		if string(row.Key) != freePlan.key || row.Items.Difference != 0 {
			t.Errorf("%+v", row)
		}
	}
	if accepted == 0 || all.Totals.Items.Accepted < accepted || all.Totals.Items.Difference != 0 {
		t.Errorf("%d accepted; %+v", accepted, all)
	}
	if r := report("?key=" + freePlan.key + "&to=2020-01-01T00:00:00Z"); len(r.Rows) != 0 {
		t.Errorf("rows of the past: %+v", r.Rows)
	}
	if r := report("?from=" + fmt.Sprint(all.Rows[0].Hour.Unix())); len(r.Rows) == 0 {
		t.Error("no rows of now")
	}
	if status, _ := get("/outcomes?from=yesterday"); status != http.StatusBadRequest {
		t.Errorf("status %d for a time that is none", status)
	}
	_, metrics := get("/outcomes/metrics?key=" + freePlan.key)
	for _, want := range []string{
		`weir_ledger_quantity_total{category="error",outcome="accepted"}`, `weir_ledger_items_total{end="received"}`, `weir_ledger_envelopes_total{end="finished"}`,
		fmt.Sprintf(`weir_project_quantity{category="error",key=%q,outcome="accepted",reason=""} %d`, freePlan.key, accepted),
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
}
