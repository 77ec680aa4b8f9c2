#!/bin/sh
# The public headers, each alone, compile without a warning as strict C11 and as
# C++20, and so do the initialisers that they bring. Run from the top.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# NAME SOURCE COMPILER...: SOURCE compiles.
compiles() {
	name=$1 source=$2
	shift 2
	echo "[ RUN      ] $name"
	if "$@" -Wall -Wextra -Werror -Iinclude -c -o "$work/object" \
		"$source" >"$work/said" 2>&1; then
		echo "[       OK ] $name"
	else
		grep 'error:' "$work/said" | head -n 3 |
			sed 's/^/[  ERROR   ] --- /'
		echo "[  FAILED  ] $name"
		failed=1
	fi
}

cat >"$work/both.c" <<END
#include <muster/service.h>
struct muster_options options = MUSTER_OPTIONS_INIT;
struct muster_group_options group = MUSTER_GROUP_OPTIONS_INIT;
struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
struct muster_event event = MUSTER_EVENT_INIT;
struct muster_stats stats = MUSTER_STATS_INIT;
struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
struct muster_service service = MUSTER_SERVICE_INIT;
struct muster_hooks hooks = MUSTER_HOOKS_INIT;
struct muster_launcher_options launcher = MUSTER_LAUNCHER_OPTIONS_INIT;
struct muster_interval_options interval = MUSTER_INTERVAL_OPTIONS_INIT;
struct muster_backoff backoff = MUSTER_BACKOFF_INIT;
END
cp "$work/both.c" "$work/both.cc"
for header in include/muster/*.h; do
	base=$(basename "$header" .h)
	echo "#include <muster/$base.h>" >"$work/$base.c"
	echo "typedef int nothing_else;" >>"$work/$base.c"
	cp "$work/$base.c" "$work/$base.cc"
	compiles "${base}_alone_is_C11" "$work/$base.c" \
		"${CC:-cc}" -std=c11 -pedantic
	compiles "${base}_alone_is_C11_with_POSIX" "$work/$base.c" \
		"${CC:-cc}" -std=c11 -pedantic -D_POSIX_C_SOURCE=200809L
	compiles "${base}_alone_is_Cpp20" "$work/$base.cc" \
		"${CXX:-c++}" -std=c++20 -pedantic
done
compiles the_initialisers_are_C11 "$work/both.c" \
	"${CC:-cc}" -std=c11 -pedantic -D_POSIX_C_SOURCE=200809L
compiles the_initialisers_are_Cpp20 "$work/both.cc" "${CXX:-c++}" -std=c++20
exit "$failed"
