#!/bin/sh
# What inside.sh runs for podman_kube: WORK NAME PROGRAM APP. The image and the
# pod of README.md, as they stand there, are built and played; the probes are
# executed as a kubelet would, in the container and without a shell. Beside the
# program under test the image has app.c. The container that holds the pod's
# namespaces is the program as well, called catatonit.
set -u
work=$1 name=$2 program=$3 app=$4

engine() {
	podman --root "$work/storage" --runroot "$work/run" \
		--tmpdir "$work/tmp" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend file \
		--runtime runc "$@"
}

# CLAIM: it holds when $work/wrong is empty; else the rest is not tried.
claim() {
	echo "[ RUN      ] $1"
	if [ ! -s "$work/wrong" ]; then
		echo "[       OK ] $1"
		return
	fi
	sed 's/^/[  ERROR   ] --- /' "$work/wrong"
	echo "[  FAILED  ] $1"
	engine pod rm --all --force >"$work/said" 2>&1
	exit 1
}

# COMMAND...: is to succeed; what it says is shown otherwise.
must() {
	"$@" >"$work/said" 2>&1 || cat "$work/said"
}

# FIRST: README's block that begins with this line.
block() {
	awk -v first="$1" '
		/^```/ { is_new = 1; is_it = 0; next }
		is_new { is_new = 0; is_it = $0 == first }
		is_it' README.md
}

# NAME: the command of README's probe of that name, a word a line.
probe() {
	sed -n "/$1:/,/command:/s/.*command: //p" "$work/pod.yaml" |
		tr -d '[]",' | tr ' ' '\n'
}

# NAME: its status, and what it says.
ask() {
	# shellcheck disable=SC2046 # words without spaces
	engine exec app-app $(probe "$1") >"$work/said" 2>&1
}

# COMMAND...: until it succeeds, at most a minute: nothing tells of it. What it
# says in the end is shown otherwise.
await() {
	end=$(($(date +%s) + 60))
	until "$@"; do
		if [ "$(date +%s)" -ge "$end" ]; then
			cat "$work/said"
			echo "not in time: $*"
			return
		fi
		sleep 0.1
	done
}

# TEXT: whether the program has said it.
hear() {
	engine logs app-app >"$work/said" 2>&1 && grep -q "$1" "$work/said"
}

mkdir "$work/context" "$work/helpers"
cp "$program" "$work/context/muster-init"
cp "$app" "$work/context/app"
cp "$program" "$work/helpers/catatonit"
block "FROM scratch" >"$work/context/Dockerfile"
block "apiVersion: v1" >"$work/pod.yaml"
cat >>"$work/containers.conf" <<END
helper_binaries_dir = ["$work/helpers"]
[containers]
log_driver = "k8s-file"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
END
# Without systemd nobody would ask every few seconds; this script does.
export DISABLE_HC_SYSTEMD=true
image=$(sed -n 's/.*image: //p' "$work/pod.yaml")

# What is refused without them is not their fault.
why=$(engine run --rm --network=none --cgroup-parent "/$name-parent" \
	--rootfs "$work/root" /bin/worker exit=7 2>&1)
if [ $? -ne 7 ]; then
	echo "[ RUN      ] podman_kube"
	echo "skip: podman_kube: $(echo "$why" | tail -n 1)"
	echo "[  SKIPPED ] podman_kube"
	exit 0
fi

must engine build -q -t "$image" "$work/context" >"$work/wrong"
claim the_image_of_the_readme_is_built
must engine kube play --network none "$work/pod.yaml" >"$work/wrong"
claim the_pod_of_the_readme_is_played
await ask readinessProbe >"$work/wrong"
claim its_readiness_probe_succeeds
await ask livenessProbe >"$work/wrong"
claim its_liveness_probe_succeeds
# The second one is the end of the drain.
{
	must engine kill --signal TERM app-app
	must engine kill --signal TERM app-app
	await hear "app: stopped"
} >"$work/wrong"
claim its_program_is_told_to_stop
must engine kube down "$work/pod.yaml" >"$work/wrong"
engine ps --all --quiet >>"$work/wrong"
engine pod ps --quiet >>"$work/wrong"
claim it_is_taken_down_whole
