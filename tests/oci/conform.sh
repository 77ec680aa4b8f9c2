#!/bin/sh
# Installed as test_conform: scripts/conform finds every fault of worst.c, and
# none in env(1), which leaves nothing between the program and who started it.
# What there is to be found beyond that, test_runc and the others find. Run from
# the top.
set -u
build=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
failed=0

# CLAIM: it holds when $work/wrong is empty.
claim() {
	echo "[ RUN      ] $1"
	if [ -s "$work/wrong" ]; then
		sed 's/^/[  ERROR   ] --- /' "$work/wrong"
		echo "[  FAILED  ] $1"
		failed=1
	else
		echo "[       OK ] $1"
	fi
}

# RESULT ARGUMENT...: the rows that begin with something else.
others() {
	result=$1
	shift
	sh scripts/conform "$@" >"$work/table" 2>"$work/wrong" ||
		echo "it fails" >>"$work/wrong"
	[ "$(wc -l <"$work/table")" -gt 2 ] || echo "no row" >>"$work/wrong"
	# Without root some cannot be.
	tail -n +3 "$work/table" | awk -F ' *[|] ' -v result="$result" '
		index($4, result) != 1 && index($4, "not measured") != 1' \
		>>"$work/wrong"
}

# ARGUMENT...: it is refused, in one line and without a table.
refused() {
	: >"$work/wrong"
	if sh scripts/conform "$@" >"$work/table" 2>"$work/said"; then
		echo "accepted: $*" >"$work/wrong"
	fi
	cat "$work/table" >>"$work/wrong"
	[ "$(wc -l <"$work/said")" -eq 1 ] || cat "$work/said" >>"$work/wrong"
}

others no "$build/worst"
claim every_row_finds_the_fault_it_is_about
others yes -r E2,E3,E4,E9,E12,E16,E18,E31,E36 env --
claim no_row_finds_a_fault_where_none_is
refused
claim it_wants_an_init
refused no-such-init-anywhere --
claim it_wants_one_that_is_there
refused -r E99 env --
claim it_wants_rows_that_there_are
exit "$failed"
