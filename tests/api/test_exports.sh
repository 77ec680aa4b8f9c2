#!/bin/sh
# The library's names: libmuster.so and libmuster.a define muster_* for others
# and nothing else, and exactly what the headers declare and face.h writes down.
# And where code lies that only few run.
# Run from the top; lies in BUILD/tests/api.
set -u
build=$(dirname "$0")/../..
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# NAME FILE: the test holds when FILE, what speaks against it, is empty.
claim() {
	echo "[ RUN      ] $1"
	if [ -s "$2" ]; then
		sed 's/^/[  ERROR   ] --- /' "$2"
		echo "[  FAILED  ] $1"
		failed=1
	else
		echo "[       OK ] $1"
	fi
}

# The names in FILE that the linker gives to others. What a sanitizer adds is
# not ours.
names() {
	nm "$@" | awk 'NF >= 2 { print $NF }' |
		grep -vE '^(__asan|__odr_asan|__ubsan|_ZTI|__gcov|__llvm)' | sort -u
}
names -D --defined-only "$build/libmuster.so" | sed 's/@.*//' |
	grep -vx 'MUSTER_0' >"$work/so"
names -g --defined-only "$build/libmuster.a" | grep -v ':$' >"$work/a"
sed -n -e 's/^MUSTER_PUBLIC .*[ *]\(muster_[a-z_]*\)(.*/\1/p' \
	-e 's/^\(muster_[a-z_]*\)(.*/\1/p' include/muster/*.h |
	sort -u >"$work/headers"
sed -n 's/^	X(\(muster_[a-z_]*\),.*/\1/p' tests/api/face.h | sort -u >"$work/face"

[ -s "$work/so" ] || echo "nothing is exported" >"$work/none"
grep -v '^muster_' "$work/so" >>"$work/none"
claim the_shared_library_exports_muster_names_only "$work/none"
: >"$work/none"
[ -s "$work/a" ] || echo "nothing is global" >"$work/none"
grep -v '^muster_' "$work/a" >>"$work/none"
claim the_archive_defines_muster_names_only "$work/none"
diff "$work/headers" "$work/so" >"$work/none"
claim the_shared_library_exports_what_the_headers_declare "$work/none"
diff "$work/headers" "$work/a" >"$work/none"
claim the_archive_defines_what_the_headers_declare "$work/none"
diff "$work/headers" "$work/face" >"$work/none"
claim the_face_names_what_the_headers_declare "$work/none"
nm "$build/libmuster.a" 2>/dev/null | grep ' [CDBR] ' |
	grep -vE ' (__odr_asan|__asan)' >"$work/none"
claim no_variable_is_shared_with_the_program "$work/none"

# A window of code more is a fault more for each child (src/README.md).
nm "$build/libmuster.a" 2>/dev/null | awk '
	$3 ~ /^(fork_settle|born_run|forked_run|runner_run|unit_run)$/ {
		children++
		if ($1 "" > last "") { last = $1; child = $3 }
	}
	$3 ~ /^(supervisor_turn|plan_new|worker_step|process_wait)$/ {
		launchers++
		if (!first || $1 "" < first "") { first = $1; launcher = $3 }
	}
	END {
		if (children != 5 || launchers != 4)
			print children, "and", launchers, "are known"
		if (last "" > first "")
			print launcher, "lies before", child
	}' >"$work/none"
claim what_a_forked_child_runs_lies_together "$work/none"
exit "$failed"
