#!/bin/sh
# What test.sh runs in namespaces of their own: BUILD WORK NAME RUNTIME INIT.
# Makes a root file system without an image, of busybox, the worker of
# tests/tools and the init under test, and hands over to the stories.
set -eu
build=$1 work=$2 name=$3 runtime=$4 init=$5
program=${init%% *}
arguments=${init#"$program"}

# COMMAND...: where it is forbidden there are no containers.
may() {
	why=$("$@" 2>&1) && return
	echo "[ RUN      ] $runtime"
	echo "skip: $runtime: $(echo "$why" | tail -n 1)"
	echo "[  SKIPPED ] $runtime"
	exit 0
}

may mount -t tmpfs -o mode=755 muster-oci "$work"
# Podman does not tell its runtime where to keep the state, and caches what it
# knows of images where it likes.
for directory in /run/runc /run/crun /var/lib/containers; do
	may mkdir -p "$directory"
	may mount -t tmpfs -o mode=700 muster-oci "$directory"
done
# Where version 1 of control groups serves beside version 2, crun looks for its
# controllers in the wrong one.
if [ -d /sys/fs/cgroup/pids ] && mountpoint -q /sys/fs/cgroup/unified; then
	may umount /sys/fs/cgroup/unified
fi
# All pods of all engines are in one control group, and no option names another
# to play one in: here it is a group of ours.
if [ "$runtime" = podman_kube ]; then
	for groups in $(findmnt -rn -t cgroup,cgroup2 -o TARGET); do
		may mkdir -p "$groups/$name" "$groups/libpod_parent"
		may mount --bind "$groups/$name" "$groups/libpod_parent"
	done
fi

root=$work/root
umask 022
mkdir -p "$work/state" "$root/bin" "$root/sbin" "$root/dev" "$root/etc" \
	"$root/proc" "$root/run" "$root/sys" "$root/tmp" "$work/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in sh env id mount touch umount; do
	ln -s busybox "$root/bin/$applet"
done
cp "$build/worker" "$root/bin/worker"
cp "$program" "$root/sbin/${program##*/}"
# A shell gives it to what it starts in the background.
may mknod -m 666 "$root/dev/null" c 1 3
# What is no mount cannot be made read-only by whoever comes without a runtime.
may mount --bind "$root" "$root"
# Where the tests write.
may mount --bind "$work/tmp" /tmp

# Podman keeps its locks in memory that all containers of the host share.
printf '[engine]\nlock_type = "file"\n' >"$work/containers.conf"
export CONTAINERS_CONF="$work/containers.conf"
export MUSTER_OCI_WORK="$work"
export MUSTER_OCI_NAME="$name"
export MUSTER_OCI_RUNTIME="$runtime"
export MUSTER_OCI_INIT="/sbin/${program##*/}$arguments"
if [ "$runtime" = podman_kube ]; then
	sh tests/oci/kube.sh "$work" "$name" "$program" "$build/app"
else
	"$build/stories"
fi
