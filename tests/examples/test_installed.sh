#!/bin/sh
# What `make install` puts there is all that a program needs: every example
# builds against the installed copy by pkg-config, shared and static, and its
# launcher comes up. Run from the top.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
examples=tools/examples
export PKG_CONFIG_SYSROOT_DIR="$work/root"
export PKG_CONFIG_PATH="$work/root/usr/lib/pkgconfig"

# CLAIM STATUS: whether it holds; $work/said says why not.
tell() {
	echo "[ RUN      ] $1"
	if [ "$2" -eq 0 ]; then
		echo "[       OK ] $1"
	else
		head -n 20 "$work/said" | sed 's/^/[  ERROR   ] --- /'
		echo "[  FAILED  ] $1"
		failed=1
	fi
}

# NAME: its sources, without the ending.
sources() {
	case $1 in
	http | http_exec) echo "$1 http_handler" ;;
	*) echo "$1" ;;
	esac
}

# NAME shared|static: compiles it as include/muster.3 and README.md say.
build() {
	flags=$(pkg-config --cflags muster)
	files=
	for source in $(sources "$1"); do
		files="$files $examples/$source.c"
	done
	if [ "$2" = static ]; then
		flags="-static $flags"
		libraries=$(pkg-config --static --libs muster)
		# Debian's name for libuv.a
		[ "$1" != loop ] || libraries="$libraries -l:libuv_a.a"
	else
		libraries=$(pkg-config --libs muster)
		case $1 in
		http*) libraries="$libraries -luring" ;;
		loop) libraries="$libraries -luv" ;;
		esac
	fi
	# shellcheck disable=SC2086 # lists of words
	"${CC:-cc}" -Wall -Wextra -Werror -o "$work/$1-$2" $files $flags \
		$libraries >"$work/said" 2>&1
}

# PROGRAM: says what it is, and ends when it is told to. timeout(1) tells it;
# its own status is then 124.
comes_up() {
	status=0
	LD_LIBRARY_PATH="$work/root/usr/lib" timeout -k 10 1 "$work/$1" \
		>"$work/said" 2>&1 || status=$?
	[ "$status" -eq 124 ] &&
		grep -q 'All 2 workers are ready \[service hello\]' "$work/said" &&
		grep -q 'Shutdown finish, exit status 0' "$work/said"
}

if [ "${VARIANT:-opt}" != opt ]; then
	echo "skip: an archive of VARIANT=$VARIANT links into no plain program"
	echo "[ RUN      ] it_installs"
	echo "[  SKIPPED ] it_installs"
	exit 0
fi
make -s install DESTDIR="$work/root" PREFIX=/usr >"$work/said" 2>&1
tell it_installs $?
for name in hello two http http_exec loop; do
	build "$name" shared
	tell "${name}_builds_against_the_shared_library" $?
	build "$name" static
	tell "${name}_builds_against_the_archive" $?
done
LD_LIBRARY_PATH="$work/root/usr/lib" ldd "$work/hello-shared" |
	grep -q "libmuster.so.[0-9]* => $work/root/usr/lib/"
tell the_shared_one_needs_the_library $?
comes_up hello-shared
tell hello_runs_with_the_shared_library $?
comes_up hello-static
tell hello_runs_with_the_archive $?
exit "$failed"
