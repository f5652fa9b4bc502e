package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/codecs/topic"
	"weir/topologies/kafkatest"
)

// What an operator pushes is in the table, is listed and shown as it was given, replaced by the next push, and gone when it is removed. What
// check says about a key in two files is what push does.
func TestPushProjects(t *testing.T) {
	names := topic.NamesIn(topic.DefaultNamespace)
	cluster := kafkatest.Cluster(t, 1, names.ProjectRequests, names.ProjectsTable)
	dir := t.TempDir()
	t.Chdir(dir)
	const one, two = "e12d836b15bb49d7bbf99e64295d995b", "e12d836b15bb49d7bbf99e64295d9950"
	write := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("all/42.json", `{"slug": "shop", "organizationId": 3, "rev": "r1", "publicKeys": [{"publicKey": "`+one+`", "numericId": 7}], "config": {"allowedDomains": ["*"], "é": [1e2, 1.50]}}`)
	write("all/43.json", `{"slug": "late", "publicKeys": [{"publicKey": "`+one+`"}, {"publicKey": "`+two+`"}], "disabled": true, "config": {}}`)
	write("newer/1.json", `{"slug": "newer", "publicKeys": [{"publicKey": "`+one+`"}], "config": {}}`)
	write("bad.json", `{"publicKeys": [{"publicKey": "`+one+`"}], "projectId": "x"}`)
	weir := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		args = append([]string{"weir"}, args...)
		if args[1] == "projects" && args[2] != "check" {
			args = append(args[:3:3], append([]string{"--kafka-broker-url", cluster.Brokers[0]}, args[3:]...)...)
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("%q: status %d, want %d\n%s%s", args, code, want, out.String(), errs.String())
		}
		return out.String(), errs.String()
	}
	has := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q is missing in:\n%s", w, text)
			}
		}
	}
	list := func() (rows []projectRow) {
		t.Helper()
		out, _ := weir(0, "projects", "list", "--json")
		if err := json.Unmarshal([]byte(out), &rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}

	if rows := list(); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
	out, _ := weir(0, "projects", "check", "all")
	has(out, "all/43.json "+one+"  the key is that of all/42.json too; the first file by name holds", "2 files, 2 keys, 0 with errors")
	out, errs := weir(0, "projects", "push", "all/43.json", "all", "all/42.json") // in whatever order they are named
	has(out, "pushed   "+one, "pushed   "+two)
	has(errs, "all/43.json: "+one+" is in all/42.json too; the first file by name holds")
	if strings.Count(out, "pushed") != 2 {
		t.Error(out)
	}
	rows := list()
	if len(rows) != 2 || rows[1].Key != one || rows[1].Project != 42 || rows[1].Slug != "shop" || rows[1].Rev != "r1" || rows[1].State != "enabled" || rows[1].Use != "fresh" || rows[1].Source != "pushed" ||
		rows[0].Key != two || rows[0].State != "disabled" {
		t.Fatalf("%+v", rows)
	}
	out, _ = weir(0, "projects", "list")
	has(out, "KEY", one, "42 shop", "enabled", "pushed", "r1", "2 keys")
	out, errs = weir(0, "projects", "show", one)
	has(errs, "enabled  fresh, from pushed")
	has(out, `"slug": "shop"`, `"projectId": 42`, `"é": [`, "1e2", "1.50")

	weir(0, "projects", "push", "newer")
	if rows = list(); len(rows) != 2 || rows[1].Slug != "newer" || rows[1].Project != 1 {
		t.Errorf("%+v", rows)
	}
	_, errs = weir(1, "projects", "push", "newer/1.json", "bad.json") // one that cannot be used keeps all from being written
	has(errs, "bad.json")
	_, errs = weir(1, "projects", "push", "nowhere")
	has(errs, "nowhere")

	out, _ = weir(0, "projects", "push", "--remove", one)
	has(out, "removed  "+one)
	_, errs = weir(1, "projects", "show", one)
	has(errs, "is not in the table")
	_, errs = weir(1, "projects", "push", "--remove", one)
	has(errs, "is not in the table, or not pushed")
	_, errs = weir(1, "projects", "push", "--remove", "some")
	has(errs, "some is neither a file nor a key")
	out, _ = weir(0, "projects", "push", "all/42.json")
	has(out, one)
	out, _ = weir(0, "projects", "push", "--remove", "all")
	has(out, "removed  "+one, "removed  "+two)
	if rows = list(); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}
