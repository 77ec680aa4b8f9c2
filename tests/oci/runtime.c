/*
 * runtime.c - the runtimes as a table.
 *
 * runc and crun take a bundle and the same command line; podman takes options
 * and writes the bundle itself; unshare(1) takes neither and knows namespaces
 * only. Every state is in the tests' own directory.
 */
#include <grp.h>

#include "oci/bundle.h"
#include "oci/runtime.h"

#define NOBODY 65534

void runtime_add(const char **list, const char *const *more)
{
	size_t count = 0;

	while (list[count])
		count++;
	for (size_t i = 0; more[i]; i++) {
		assert_true(count + 1 < RUNTIME_ARGUMENTS);
		list[count++] = more[i];
	}
}

static void oci_start(const struct container *container,
		      const struct life *life, const char *const *command,
		      const char **list)
{
	struct stage *stage = container->stage;

	bundle_write(container, life, command);
	runtime_add(list,
		    LIST("--root",
			 stage_text(stage, "%s/state", container->work), "run",
			 "--bundle", stage->directory, "--pid-file",
			 stage_path(stage, "pid"), container->name));
}

static void oci_signal(const struct container *container, const char *signo,
		       const char **list)
{
	runtime_add(list, LIST("--root",
			       stage_text(container->stage, "%s/state",
					  container->work),
			       "kill", container->name, signo));
}

static void oci_remove(const struct container *container, const char **list)
{
	runtime_add(list, LIST("--root",
			       stage_text(container->stage, "%s/state",
					  container->work),
			       "delete", "-f", container->name));
}

static void podman_add_place(const struct container *container,
			     const char **list)
{
	struct stage *stage = container->stage;
	const char *work = container->work;

	runtime_add(list, LIST("--root", stage_text(stage, "%s/storage", work),
			       "--runroot", stage_text(stage, "%s/run", work),
			       "--tmpdir", stage_text(stage, "%s/tmp", work),
			       "--storage-driver", "vfs", "--cgroup-manager",
			       "cgroupfs", "--events-backend", "file",
			       "--runtime", "runc"));
}

static void podman_add_life(const struct container *container,
			    const struct life *life, const char **list)
{
	struct stage *stage = container->stage;

	runtime_add(list, LIST("--security-opt",
			       stage_text(stage, "seccomp=%s",
					  life->profile ? life->profile
							: "unconfined")));
	if (life->uid != 0)
		runtime_add(list,
			    LIST("--user", stage_text(stage, "%u:%u", life->uid,
						      life->uid)));
	if (life->is_read_only)
		runtime_add(list, LIST("--read-only"));
	if (life->has_terminal)
		runtime_add(list, LIST("--interactive", "--tty"));
	if (life->is_admin)
		runtime_add(list, LIST("--cap-add", "SYS_ADMIN"));
}

/* Its own defaults for limits are higher than what a host may allow. */
static void podman_start(const struct container *container,
			 const struct life *life, const char *const *command,
			 const char **list)
{
	struct stage *stage = container->stage;

	podman_add_place(container, list);
	runtime_add(list, LIST("run", "--rm", "--name", container->name,
			       "--network=none", "--cgroup-parent",
			       stage_text(stage, "/%s-parent", container->name),
			       "--ulimit", "nofile=1024:1024", "--ulimit",
			       "nproc=1024:1024", "--log-driver", "none",
			       "--pidfile", stage_path(stage, "pid")));
	podman_add_life(container, life, list);
	runtime_add(list, LIST("--rootfs", container->root));
	runtime_add(list, command);
}

static void podman_signal(const struct container *container, const char *signo,
			  const char **list)
{
	podman_add_place(container, list);
	runtime_add(list, LIST("kill", "--signal", signo, container->name));
}

static void podman_remove(const struct container *container, const char **list)
{
	podman_add_place(container, list);
	runtime_add(list, LIST("rm", "--force", "--ignore", container->name));
}

/* Its mount namespace is its own: what a prelude mounts is gone with it. */
static void unshare_start(const struct container *container,
			  const struct life *life, const char *const *command,
			  const char **list)
{
	static const char read_only[] = "mount -o remount,bind,ro / && "
					"exec \"$@\"";
	struct stage *stage = container->stage;
	const char *uid = stage_text(stage, "%u", life->uid);

	runtime_add(list, LIST("--pid", "--fork", "--kill-child", "--mount",
			       "--root", container->root, "--mount-proc"));
	if (life->uid != 0)
		runtime_add(list, LIST("--setgid", uid, "--setuid", uid));
	if (life->is_read_only)
		runtime_add(list, LIST("sh", "-c", read_only, "sh"));
	runtime_add(list, command);
}

/* For it, root is a name within. */
static void unshare_user_start(const struct container *container,
			       const struct life *life,
			       const char *const *command, const char **list)
{
	runtime_add(list, LIST("--user", "--map-root-user"));
	unshare_start(container, life, command, list);
}

static void unshare_user_prepare(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(123);
}

static const struct runtime runtimes[] = {
	{
		.name = "runc",
		.program = "runc",
		.start = oci_start,
		.signal = oci_signal,
		.remove = oci_remove,
		.has_profiles = true,
		.has_users = true,
	},
	{
		.name = "crun",
		.program = "crun",
		.start = oci_start,
		.signal = oci_signal,
		.remove = oci_remove,
		.has_profiles = true,
		.has_users = true,
	},
	{
		.name = "podman",
		.program = "podman",
		.start = podman_start,
		.signal = podman_signal,
		.remove = podman_remove,
		.has_profiles = true,
		.has_users = true,
	},
	{
		.name = "unshare",
		.program = "unshare",
		.start = unshare_start,
		.has_users = true,
	},
	{
		.name = "unshare_user",
		.program = "unshare",
		.start = unshare_user_start,
		.prepare = unshare_user_prepare,
	},
};

const struct runtime *runtime_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(runtimes); i++)
		if (strcmp(runtimes[i].name, name) == 0)
			return &runtimes[i];
	return NULL;
}
