#!/bin/sh
# The stories of stories.c under the runtime that this file is installed as:
# test_runc, test_crun, test_podman, test_unshare, test_unshare_user; as
# test_podman_kube those of kube.sh. Run from the top. MUSTER_TEST_INIT is the
# init under test, a static program and its arguments.
#
# All happens in namespaces of its own, below one process: whatever ends this
# script, the kernel ends the containers, and their files, mounts and sockets
# go with the namespace. Only control groups are the host's: those that were not
# there before are removed by this script.
set -u
build=$(cd "$(dirname "$0")" && pwd) || exit 1
runtime=${0##*/test_}
init=${MUSTER_TEST_INIT:-build/muster-init init}
name=muster-oci-$$
inside=

refuse() {
	echo "[ RUN      ] $runtime"
	echo "skip: $1"
	echo "[  SKIPPED ] $runtime"
	exit 0
}

# Others have no such options and probes.
[ "$runtime" != podman_kube ] || [ -z "${MUSTER_TEST_INIT:-}" ] ||
	refuse "$runtime: README.md's pod is not of $MUSTER_TEST_INIT"
[ "$(id -u)" -eq 0 ] || refuse "$runtime: containers need root"
command -v "${runtime%%_*}" >/dev/null || refuse "$runtime is not installed"
command -v busybox >/dev/null || refuse "$runtime: busybox is not installed"
why=$(unshare --mount --pid --fork --mount-proc true 2>&1) ||
	refuse "$runtime: $why"
if [ ! -x "${init%% *}" ]; then
	echo "[ RUN      ] $runtime"
	echo "[  ERROR   ] --- there is no ${init%% *}: make static"
	echo "[  FAILED  ] $runtime"
	exit 1
fi

# Those of its containers. An empty one of all engines' pods may be left, where
# inside.sh has to have one: another engine may be about to use it.
list_groups() {
	find /sys/fs/cgroup -depth -type d \( -path "*/$name" -o \
		-path "*/${name}[!0-9]*" \) 2>/dev/null
}

# The kernel ends the namespace, but not at once.
remove_groups() {
	tries=0
	while [ "$tries" -lt 100 ]; do
		list_groups | xargs -r rmdir 2>/dev/null
		[ -n "$(list_groups)" ] || return 0
		tries=$((tries + 1))
		sleep 0.1
	done
	return 1
}

clean_up() {
	status=$?
	# It blocks the others (unshare(1)).
	[ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null
	wait
	if ! remove_groups; then
		echo "[  ERROR   ] --- control groups of $name are left"
		status=1
	fi
	rmdir "$work"
	exit "$status"
}
work=$(mktemp -d "/var/tmp/$name.XXXXXX") || exit 1
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

unshare --mount --pid --fork --mount-proc --kill-child \
	sh tests/oci/inside.sh "$build" "$work" "$name" "$runtime" "$init" &
inside=$!
status=0
wait "$inside" || status=$?
inside=
(exit "$status")
