# Sourced by the scripts that compare with the reference: work (directory), python (with its packages), oracle, relay and weir (binaries).
oracle=$(cd ../shared/oracle && pwd)
lab=${LAB_DIR:-${TMPDIR:-/tmp}/weir-services}
unset LAB_DIR # weir refuses to start with variables that it does not know
work=$lab/oracle
mkdir -p "$work"
python3 -c 'import venv, ensurepip' 2>/dev/null || { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; }
python=$work/venv/bin/python
[ -x "$python" ] || python3 -m venv "$work/venv"
[ -f "$work/installed-2" ] || { "$work/venv/bin/pip" install -q sentry-relay==0.10.1 sentry-protos confluent-kafka msgpack brotli zstandard sentry-kafka-schemas sentry-arroyo && touch "$work/installed-2"; }
relay=$work/relay
if [ ! -x "$relay" ]; then
    "$python" -c 'import sys, zstandard; zstandard.ZstdDecompressor().copy_stream(open(sys.argv[1], "rb"), open(sys.argv[2], "wb"))' "$oracle/relay.zst" "$relay"
    chmod +x "$relay"
fi
weir=$work/weir
go build -o "$weir" ./cmd/weir
