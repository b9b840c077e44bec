#!/bin/sh
# Notion, Pinecone and an embedder beside Postgres, all played on this machine: no account and no network is needed.
set -eu
cd "$(dirname "$0")/.."
bin="$PWD/.venv/bin"
work="$PWD/.demo/sinks"
rm -rf "$work"
mkdir -p "$work"
for name in $(env | sed -n 's/^\(POSTGRES_[A-Z_]*\|NOTION_[A-Z_]*\|PINECONE_[A-Z_]*\|OPENAI_[A-Z_]*\|ENABLE_[A-Z_]*\|USE_POSTGRES_AS_SOT\|AMPRENTA_[A-Z_]*\|EMBEDDING_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done
AMPRENTA_HOME="$PWD/.demo"
export AMPRENTA_HOME
started=""

finish() {
    for process in $started; do kill "$process" 2>/dev/null || true; done
    "$bin/amprenta" db stop >/dev/null 2>&1 || true
    rm -rf "$work" "$AMPRENTA_HOME/spool"
}
trap finish EXIT
trap 'exit 130' INT TERM

tell() { printf '\n\033[1;34m# %s\033[0m\n' "$*"; }
run() {
    printf '\n\033[1m$ %s\033[0m\n' "$*"
    command=$1
    shift
    "$bin/$command" "$@"
}
fake() { # NAME OPTIONS…: start one and wait for its address
    name=$1
    shift
    "$bin/python" "tests/fakes/$name.py" "$@" >"$work/$name" 2>"$work/$name.errors" &
    started="$started $!"
    for _ in $(seq 100); do
        [ ! -s "$work/$name" ] || return 0
        sleep 0.1
    done
    echo "the fake of $name did not start:" >&2
    cat "$work/$name.errors" >&2
    exit 1
}
page() { "$bin/python" demo/sinks.py "$NOTION_BASE_URL" "$@"; }

tell "Three services are started on this machine, each with the limits of the real one."
fake notion
fake pinecone
fake openai
NOTION_BASE_URL=$(head -n 1 "$work/notion")
PINECONE_BASE_URL=$(head -n 1 "$work/pinecone")
OPENAI_BASE_URL=$(head -n 1 "$work/openai")/v1
export NOTION_BASE_URL PINECONE_BASE_URL OPENAI_BASE_URL
export NOTION_API_KEY=a-key-of-the-demo PINECONE_API_KEY=a-key-of-the-demo OPENAI_API_KEY=a-key-of-the-demo
export PINECONE_INDEX=amprenta NOTION_REQUESTS_PER_SECOND=50
"$bin/amprenta" db downgrade base --yes >/dev/null 2>&1 || true # a second run starts anew
rm -rf "$AMPRENTA_HOME/spool"

tell "Amprenta makes its databases in Notion, below a page that is shared with it."
home_page=$(sed -n 's/^page //p' "$work/notion")
run amprenta sync setup-notion --create --parent "$home_page" | tee "$work/setup"
for setting in $(sed -n 's/.*Set \(NOTION_[A-Z_]*=[^ ]*\).*/\1/p' "$work/setup"); do
    export "${setting?}"
done
export ENABLE_NOTION_SYNC=true

tell "Files are ingested into Postgres. What Notion, Pinecone and pgvector shall show is noted with them."
run amprenta-ingest demo/data --program "Ageing" --description "An example"
run amprenta sync status

tell "A worker brings them in step. It would run for ever; here it is ended after it has nothing left to do."
"$bin/amprenta" worker &
worker=$!
started="$started $worker"
for _ in $(seq 200); do
    sleep 0.1
    "$bin/amprenta" sync status --json | grep -q '"pending": [1-9]' || break
done
kill "$worker"
wait "$worker" || true
run amprenta sync status
tell "This is what people see of one dataset in Notion."
page plasma
tell "Ids and contents are the same everywhere:"
run amprenta sync verify

tell "Now the database is gone. In the mode 'dual' the page is made at once, and the file waits on the spool."
(
    export ENABLE_DUAL_WRITE=true POSTGRES_URL=postgresql://nobody@127.0.0.1:1/gone
    run amprenta-ingest demo/data/brain/case_vs_control.csv --name "brain, measured again"
    run amprenta sync status || true
)
tell "The database is back: the file is replayed, and the dataset takes over the page that was made for it."
run amprenta sync replay
run amprenta sync run
run amprenta sync verify
page "measured again"

tell "Done: one page and one set of vectors for each dataset. The services and the database are stopped now."
