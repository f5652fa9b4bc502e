package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
}

// The import table of the architecture: cmd -> edge, topologies -> processors -> codecs -> std.
func TestLayers(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "weir/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec, n := json.NewDecoder(bytes.NewReader(out)), 0
	for ; ; n++ {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, "weir/")
		for _, imp := range p.Imports {
			if why := forbidden(from, imp); why != "" {
				t.Errorf("%s imports %s: %s", from, imp, why)
			}
		}
		if !strings.HasPrefix(from, "cmd/") && !strings.HasSuffix(from, "kafkatest") {
			for _, f := range p.GoFiles {
				ambient(t, filepath.Join(p.Dir, f), from)
			}
		}
	}
	if n < 20 {
		t.Fatalf("only %d packages listed", n)
	}
}

func forbidden(from, imp string) string {
	layer := func(s string) string { top, _, _ := strings.Cut(s, "/"); return top }
	ours, isOurs := strings.CutPrefix(imp, "weir/")
	in := func(prefix string) bool { return from == prefix || strings.HasPrefix(from, prefix+"/") }
	switch {
	case isOurs && layer(from) == "codecs" && layer(ours) != "codecs":
		return "codecs know bytes alone"
	case isOurs && layer(from) == "processors" && layer(ours) != "codecs" && layer(ours) != "processors":
		return "processors know rules and codecs"
	case isOurs && layer(from) == "processors" && strings.HasPrefix(ours, "processors/") && !in("processors/chain") && ours != "processors/match" && !in(ours) && !strings.HasPrefix(ours, from+"/"):
		return "siblings do not know each other; only chain joins them"
	case isOurs && layer(from) == "topologies" && (layer(ours) == "edge" || layer(ours) == "cmd"):
		return "topologies and edge meet in cmd"
	case isOurs && layer(from) == "edge" && (layer(ours) == "topologies" || layer(ours) == "cmd"):
		return "topologies and edge meet in cmd"
	case (strings.HasPrefix(imp, "github.com/lovoo/goka") || strings.HasPrefix(imp, "github.com/IBM/sarama")) && layer(from) != "topologies":
		return "goka and sarama belong to topologies"
	case strings.HasPrefix(imp, "github.com/redis/go-redis") && !in("processors/quota/redis") && !in("topologies/projects/redis"):
		return "go-redis belongs to quota/redis and projects/redis"
	case imp == "net/http" && layer(from) != "edge" && layer(from) != "cmd":
		return "HTTP belongs to edge and cmd"
	case strings.HasPrefix(imp, "github.com/twmb/franz-go") && (layer(from) == "codecs" || layer(from) == "processors"):
		return "codecs and processors know no Kafka"
	}
	return ""
}

// ambient finds what only cmd may take from its surroundings: the clock, the environment, the default logger.
func ambient(t *testing.T, file, from string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch name := x.Name + "." + sel.Sel.Name; name {
		case "os.Getenv", "os.LookupEnv", "time.Now", "slog.Default":
			t.Errorf("%s uses %s (%s): it is passed in from cmd", from, name, filepath.Base(file))
		}
		return true
	})
}
