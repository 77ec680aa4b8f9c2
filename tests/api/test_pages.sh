#!/bin/sh
# The manual pages against the public headers: every function has one page that
# names it, with a synopsis that compiles; every field, constant and macro is
# said something of; the examples compile; mandoc and install take them all.
# Run from the top.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
pages=$(ls include/*.3 include/*.7)

# NAME FILE: the test holds when FILE, what speaks against it, is empty.
claim() {
	echo "[ RUN      ] $1"
	if [ -s "$2" ]; then
		sed 's/^/[  ERROR   ] --- /' "$2" | head -n 20
		echo "[  FAILED  ] $1"
		failed=1
	else
		echo "[       OK ] $1"
	fi
}

# The headers without comments, and what is in them: functions, "STRUCT FIELD",
# "ENUM CONSTANT" without the count at the end, macros.
cat include/muster/*.h | awk '
	{
		while ((i = index($0, "/*")) > 0 || inside) {
			if (inside) i = 0
			rest = inside ? $0 : substr($0, i + 2)
			j = index(rest, "*/")
			head = inside ? "" : substr($0, 1, i - 1)
			inside = j == 0
			$0 = head (j > 0 ? substr(rest, j + 2) : "")
			if (inside) break
		}
		print
	}' >"$work/plain"
sed -n -e 's/^MUSTER_PUBLIC .*[ *]\(muster_[a-z_]*\)(.*/\1/p' \
	-e 's/^\(muster_[a-z_]*\)(.*/\1/p' "$work/plain" | sort >"$work/functions"
awk '/^struct [a-z_]* \{/ { of = $2; next } /^};/ { of = "" }
	of != "" {
		text = text " " $0
		if (text !~ /;[ \t]*$/) next
		if (match(text, /\(\*[a-z_]+\)/))
			field = substr(text, RSTART + 2, RLENGTH - 3)
		else {
			sub(/(\[[0-9]+\])?;[ \t]*$/, "", text)
			field = text
			sub(/.*[ \t*]/, "", field)
		}
		print of, field
		text = ""
	}' "$work/plain" >"$work/fields"
awk '/^enum [a-z_]* \{/ { inside = 1; last = ""; next }
	/^};/ { inside = 0 }
	inside && match($0, /MUSTER_[A-Z_]+/) {
		if (last != "") print last
		last = substr($0, RSTART, RLENGTH)
	}' "$work/plain" >"$work/constants"
sed -n 's/^#define \(MUSTER_[A-Z_]*\).*/\1/p' "$work/plain" |
	grep -vE '^MUSTER_([A-Z]*_H|PUBLIC|INIT_)$' >>"$work/constants"

: >"$work/none"
for list in functions fields constants; do
	[ -s "$work/$list" ] || echo "no $list were found" >>"$work/none"
done
claim there_is_something_to_be_described "$work/none"

# shellcheck disable=SC2086 # a list of files
sh scripts/pages names $pages | awk '{ print $2 }' | sort >"$work/named"
grep -xE 'muster_[a-z_]+' "$work/named" |
	grep -vxE 'muster_(service|worker|interval|backdoor)' |
	diff "$work/functions" - >"$work/none"
claim every_function_is_named_by_one_page "$work/none"

: >"$work/none"
while read -r name; do
	page=$(grep -lE "^\.Nm $name( |\$)" include/*.3)
	[ -n "$page" ] &&
		[ "$(grep -cE "^\.Fn $name( |\$)" "$page")" -ge 2 ] ||
		echo "$page has no prototype or no word of $name" >>"$work/none"
done <"$work/functions"
claim the_page_has_its_prototype_and_a_word_of_it "$work/none"

: >"$work/none"
while read -r struct field; do
	page=$(grep -lE "^\.Vt \"struct $struct\"" include/*.3 |
		xargs -r grep -lE "^\.It (Vt (\"[^\"]*\"|[a-z0-9_]+) )?Fa (.* )?$field( |\$)")
	[ -n "$page" ] || echo "struct $struct: $field" >>"$work/none"
done <"$work/fields"
claim every_field_is_an_item_of_a_page_on_its_struct "$work/none"

: >"$work/none"
while read -r name; do
	grep -qE "^(\.It )?\.?(Dv|Fn) (.* )?$name( |\$)" include/*.3 ||
		echo "$name" >>"$work/none"
done <"$work/constants"
claim every_constant_is_on_a_page "$work/none"

# The synopsis in mdoc(7) as C: .In a header, .Ft a type, .Fn a name and its
# arguments in quotes.
synopsis() {
	awk '/^\.Sh/ { inside = /SYNOPSIS/ }
		inside && /^\.In / { print "#include <" $2 ">" }
		inside && /^\.Ft / { type = substr($0, 5); gsub(/"/, "", type) }
		inside && /^\.Fn / {
			name = $2
			text = substr($0, 5 + length(name) + 1)
			count = split(text, part, "\"")
			arguments = ""
			for (i = 2; i <= count; i += 2)
				arguments = arguments (i > 2 ? ", " : "") part[i]
			if (count < 2) arguments = text
			print type, name "(" arguments ");"
		}' "$1"
}
# The examples that are whole files.
examples() {
	awk -v stem="$2" '
		/^\.Sh/ { inside = /EXAMPLES/ }
		/^\.Ed/ { if (file != "") close(file); file = "" }
		inside && file != "" {
			gsub(/\\e/, "\\"); gsub(/\\&/, ""); print > file
		}
		inside && /^\.Bd -literal$/ { file = stem (++count) ".c" }' "$1"
}
compiles() {
	"${CC:-cc}" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror \
		-Iinclude -c -o "$work/object" "$1" 2>&1 | grep 'error:'
}
: >"$work/none"
: >"$work/examples"
for page in include/*.3; do
	base=$(basename "$page" .3)
	synopsis "$page" >"$work/synopsis_$base.c"
	compiles "$work/synopsis_$base.c" >>"$work/none"
	examples "$page" "$work/example_${base}_"
done
claim every_synopsis_says_what_the_headers_say "$work/none"
for example in "$work"/example_*.c; do
	compiles "$example" >>"$work/examples"
done
claim every_example_compiles "$work/examples"

: >"$work/none"
# shellcheck disable=SC2086 # a list of files
sh scripts/pages install "$work/man" $pages
while read -r name; do
	[ -s "$work/man/man3/$name.3" ] || echo "$name.3" >>"$work/none"
done <"$work/functions"
claim every_function_has_an_installed_page "$work/none"
# shellcheck disable=SC2086 # a list of files
sh scripts/pages uninstall "$work/man" $pages
find "$work/man" ! -type d >"$work/none"
claim nothing_of_the_pages_is_left_behind "$work/none"

if command -v mandoc >/dev/null; then
	# shellcheck disable=SC2086 # a list of files
	mandoc -Tlint -W warning $pages >"$work/none" 2>&1
	claim mandoc_has_nothing_against_them "$work/none"
fi
exit "$failed"
