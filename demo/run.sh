#!/bin/sh
# What a user does on the first day, on invented files of this folder, with a database of its own.
set -eu
cd "$(dirname "$0")/.."
AMPRENTA_HOME="$PWD/.demo"
export AMPRENTA_HOME
unset POSTGRES_URL POSTGRES_HOST AMPRENTA_FILES || true
bin="$PWD/.venv/bin"

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
run() {
    say "$@"
    command=$1
    shift
    "$bin/$command" "$@"
}

trap '"$bin/amprenta" db stop >/dev/null 2>&1 || true' EXIT
"$bin/amprenta" db downgrade base --yes >/dev/null 2>&1 || true # a second run starts anew
run amprenta doctor
run amprenta-ingest demo/data --program "Ageing"
run amprenta-ingest demo/data/plasma/lipidsearch.txt --samples demo/plasma_samples.csv
run amprenta-ingest demo/data/liver/species.csv
run amprenta vocab add hgnc --file demo/genes.tsv
run amprenta datasets list
run amprenta features show "PC 34:1"
run amprenta features show APOE
run amprenta datasets show plasma/lipidsearch
