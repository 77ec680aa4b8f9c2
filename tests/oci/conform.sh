#!/bin/sh
# Installed as test_conform: scripts/conform finds every fault of worst.c, none
# in env(1), which leaves nothing between the program and who started it, and
# none in the init under test, which is that of test.sh. Rows about times are
# for people: a slow machine has others. Run from the top.
set -u
build=$(dirname "$0")
variant=${build%/tests/oci}
init=${MUSTER_TEST_INIT:-build/muster-init init}
work=$(mktemp -d) || exit 1
clean_up() {
	# Each takes what it started along.
	for file in "$work"/*.pid; do
		[ ! -e "$file" ] || kill "$(cat "$file")" 2>/dev/null
	done
	wait
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM
failed=0
rows=E2,E3,E4,E5,E6,E7,E8,E9,E10,E12,E14,E15,E16,E17,E18,E30,E31,E34,E37,E42

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

# NAME ARGUMENT...: begins to make a table. They are made at the same time, for
# most of it is waiting for what does not come.
begin() {
	name=$1
	shift
	BUILD=$variant sh scripts/conform "$@" >"$work/$name" \
		2>"$work/$name.wrong" &
	echo $! >"$work/$name.pid"
}

# NAME: waits for that table; its status.
await() {
	pid=$(cat "$work/$1.pid")
	rm "$work/$1.pid"
	wait "$pid"
}

# RESULT NAME...: the rows of these tables that begin with something else.
others() {
	result=$1
	shift
	for name; do
		await "$name" || echo "it fails"
		cat "$work/$name.wrong"
		[ "$(wc -l <"$work/$name")" -gt 2 ] || echo "no row"
		# Without root some cannot be.
		tail -n +3 "$work/$name" | awk -F ' *[|] ' -v result="$result" '
			index($4, result) != 1 && index($4, "not measured") != 1'
	done >"$work/wrong"
}

# ARGUMENT...: it is refused, in one line and without a table.
refused() {
	: >"$work/wrong"
	if BUILD=$variant sh scripts/conform "$@" \
		>"$work/table" 2>"$work/said"; then
		echo "accepted: $*" >"$work/wrong"
	fi
	cat "$work/table" >>"$work/wrong"
	[ "$(wc -l <"$work/said")" -eq 1 ] || cat "$work/said" >>"$work/wrong"
}


# The specification's rows, in parts that last about as long.
begin worst1 -r "$(seq -s , -f E%g 1 15)" "$build/worst"
begin worst2 -r E16 "$build/worst"
begin worst3 -r "$(seq -s , -f E%g 17 45)" "$build/worst"
begin none -r E2,E3,E4,E9,E12,E15,E16,E18,E31,E36 env --
# shellcheck disable=SC2086 # a program and its arguments
{
	begin init -r "$rows" $init --
	begin stopping -r E27 $init --stop-on TERM --
}
begin table --table -r E15,E18 'env --' "$build/worst"

others no worst1 worst2 worst3
claim every_row_finds_the_fault_it_is_about
others yes none
claim no_row_finds_a_fault_where_none_is
others yes init
claim the_init_under_test_has_none
others yes stopping
claim it_ends_a_stopped_program_when_told_to_stop_it
await table
cat >"$work/wanted" <<END
| # | claim | \`env\` | \`$build/worst\` |
| --- | --- | --- | --- |
| E15 | ^Z stops it with the program, fg continues both | yes | no, the program runs on |
| E18 | a stopped program is not taken for dead | yes | no, it ends |
END
diff "$work/wanted" "$work/table" >"$work/wrong"
claim several_inits_are_one_table
refused
claim it_wants_an_init
refused --table
claim a_table_wants_one_too
refused no-such-init-anywhere --
claim it_wants_one_that_is_there
refused -r E99 env --
claim it_wants_rows_that_there_are
[ "$failed" -eq 0 ]
