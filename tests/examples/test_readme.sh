#!/bin/sh
# README.md shows the very text of hello.c. Run from the top.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Each block of C in a file of its own.
awk -v work="$work" '
	/^```/ { name = $0 == "```c" ? work "/block" ++count : ""; next }
	name != "" { print >name }
' README.md

echo "[ RUN      ] the_readme_shows_hello"
for block in "$work"/block*; do
	if cmp -s "$block" tools/examples/hello.c; then
		echo "[       OK ] the_readme_shows_hello"
		exit 0
	fi
done
echo "[  ERROR   ] --- no block of C in README.md is tools/examples/hello.c"
echo "[  FAILED  ] the_readme_shows_hello"
exit 1
