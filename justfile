# Every task of the project. CI (.ci/run) calls the same recipes.

# list the recipes
default:
    @just --list

# the whole way with sample traffic of real SDKs, in one process
demo:
    go run ./cmd/weir dev --demo

# everything that needs nothing but Go
test:
    go test ./...

# what CI checks besides the tests
ci: fmt vet lint race

# formatting that gofmt would change is an error
fmt:
    @test -z "$(gofmt -l $(git ls-files '*.go'))" || { gofmt -l $(git ls-files '*.go'); exit 1; }

# the compiler's own doubts
vet:
    go vet ./...

# staticcheck, as a Go tool of a pinned version
lint:
    go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -checks all,-ST1000,-ST1003,-ST1016,-ST1020,-ST1021,-ST1022 ./...

# data races: the packages with goroutines of their own
race:
    go test -race -short ./codecs/... ./processors/... ./edge/... ./topologies/... ./cmd/...

# each fuzz target for a few seconds
fuzz seconds="10":
    .ci/fuzz {{seconds}}

# the end-to-end tests on a real Kafka and a real Redis
real:
    .ci/services start
    WEIR_TEST_KAFKA=127.0.0.1:9092 WEIR_TEST_REDIS=redis://127.0.0.1:6379 WEIR_TEST_KAFKA_LIBS=$(.ci/services libs) go test -count=1 -timeout 15m -run 'Real' ./...

# benchmarks, with allocations
bench:
    go test -run '^$' -bench . -benchtime 1s ./codecs/... ./processors/... ./edge/...

# a static binary in bin/
build:
    CGO_ENABLED=0 go build -trimpath -o bin/weir ./cmd/weir

# Kafka, Redis, one edge and two workers in containers
up:
    docker compose up --build --detach --wait

# stop them; volumes stay
down:
    docker compose down
