#!/bin/sh
# Installed as test_conform: scripts/conform finds every fault of worst.c, none
# in env(1), which leaves nothing between the program and who started it, and
# none in the init under test, which is that of test.sh. Rows about times are
# for people: a slow machine has others. Run from the top.
set -u
build=$(dirname "$0")
init=${MUSTER_TEST_INIT:-build/muster-init init}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
failed=0
rows=E2,E3,E4,E5,E6,E7,E8,E9,E10,E12,E14,E16,E17,E18,E30,E31,E34,E37,E42

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
# shellcheck disable=SC2086 # a program and its arguments
{
	others yes -r "$rows" $init --
	claim the_init_under_test_has_none
	others yes -r E27 $init --stop-on TERM --
	claim it_ends_a_stopped_program_when_told_to_stop_it
}
refused
claim it_wants_an_init
refused no-such-init-anywhere --
claim it_wants_one_that_is_there
refused -r E99 env --
claim it_wants_rows_that_there_are
exit "$failed"
