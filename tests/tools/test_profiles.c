/*
 * test_profiles.c - the story of the containers that most people have: one
 * short life under the default filters of Docker and Podman, of today and of
 * years ago (E44). The profiles are other projects' data: read where they lie,
 * never copied.
 */
#include <sched.h>
#include <sys/resource.h>

#include "tools/profile.h"
#include "tools/smoke.h"

/* Beside the repository. */
#define PROFILES "shared/data/seccomp"

/* What each engine leaves to a container. */
static const char *const docker_caps[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_FSETID",
	"CAP_FOWNER",
	"CAP_MKNOD",
	"CAP_NET_RAW",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETFCAP",
	"CAP_SETPCAP",
	"CAP_NET_BIND_SERVICE",
	"CAP_SYS_CHROOT",
	"CAP_KILL",
	"CAP_AUDIT_WRITE",
	NULL,
};
static const char *const podman_caps[] = {
	"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",	 "CAP_FSETID",
	"CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",	 "CAP_SETGID",
	"CAP_SETPCAP", "CAP_SETUID",	       "CAP_SYS_CHROOT", NULL,
};

/* What muster finds there, and what it cannot. */
static const struct container {
	const char *file;
	const char *const *caps;
	const char *always;
	const char *never[2]; /* the second may be NULL */
} containers[] = {
	{
		.file = "docker-default-seccomp.json",
		.caps = docker_caps,
		.always = "engine epoll",
		.never = {"clone3", "engine ring"},
	},
	{
		.file = "podman-default-seccomp.json",
		.caps = podman_caps,
		.always = "clone3",
		.never = {"engine ring"},
	},
	{
		.file = "moby-v20.10.0-seccomp.json",
		.caps = docker_caps,
		.always = "spawn vfork",
		.never = {"clone3", "spawn fast"},
	},
	{
		.file = "moby-v19.03.15-seccomp.json",
		.caps = docker_caps,
		.always = "engine epoll",
		.never = {"clone3", "engine ring"},
	},
};

/* The tests' programs lie in the repository's build/VARIANT/tests/tools. The
 * environment may name another folder. */
static const char *profile_path(struct stage *stage, const char *file)
{
	const char *folder = getenv("MUSTER_TEST_PROFILES");
	char root[4096];
	ssize_t length = readlink("/proc/self/exe", root, sizeof(root) - 1);
	const char *path;
	char *build;

	assert_true(length > 0);
	root[length] = '\0';
	build = strstr(root, "/build/");
	if (build)
		*build = '\0';
	path = folder ? stage_text(stage, "%s/%s", folder, file)
		      : stage_text(stage, "%s/../" PROFILES "/%s", root, file);
	if (access(path, R_OK) < 0)
		SKIP("no %s", path);
	return path;
}

static void compile(const char *path, const struct profile_options *options,
		    struct bpf *bpf)
{
	const char *reason;

	bpf->length = 0;
	if (!profile_compile(path, options, bpf, &reason))
		fail_msg("%s: not understood: %s", path, reason);
	assert_true(bpf->length > 3);
}

/* Where the environment chooses the paths, it may be refused. */
static void check_paths(const struct container *container, const char *paths)
{
	size_t length = strcspn(paths, ";");

	if (strstr(paths, "error: "))
		return;
	for (size_t i = 0; i < ARRAY_LEN(container->never); i++) {
		const char *never = container->never[i];
		const char *found = never ? strstr(paths, never) : NULL;

		if (found && found < paths + length)
			fail_msg("%s in: %s", never, paths);
	}
	if (!getenv("MUSTER_TEST_ENGINE") && !getenv("MUSTER_TEST_SPAWN"))
		assert_non_null(strstr(paths, container->always));
}

static void live_in(struct stage *stage, const struct container *container)
{
	static struct bpf bpf;
	const char *path = profile_path(stage, container->file);

	for (int is_runc = 0; is_runc < 2; is_runc++) {
		const struct profile_options options = {
			.caps = container->caps,
			.is_runc = is_runc,
		};
		const struct smoke smoke = {
			.where = stage_text(stage, "%s, %s", container->file,
					    is_runc ? "runc" : "crun"),
			.prepare = profile_enter,
			.argument = &bpf,
		};

		compile(path, &options, &bpf);
		check_paths(container, smoke_run(stage, &smoke));
	}
}

static void in_dockers_default_profile_it_works(void **state)
{
	live_in(*state, &containers[0]);
}

static void in_podmans_default_profile_it_works(void **state)
{
	live_in(*state, &containers[1]);
}

static void in_docker_20_10_it_works(void **state)
{
	live_in(*state, &containers[2]);
}

static void in_docker_19_03_it_works(void **state)
{
	live_in(*state, &containers[3]);
}

/* A profile of our own, with every part that the loader knows. */
static const char own_profile[] =
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
	"{\"names\": [\"vm86old\", \"openat2\"],"
	" \"action\": \"SCMP_ACT_ALLOW\"},"
	"{\"names\": [\"personality\", \"getgroups\"],"
	" \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 128},"
	"{\"names\": [\"getgroups\"], \"action\": \"SCMP_ACT_ALLOW\"},"
	"{\"names\": [\"personality\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 121, \"args\": [{\"index\": 0, \"value\": 8,"
	" \"op\": \"SCMP_CMP_EQ\"}]},"
	"{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 122, \"args\": [{\"index\": 0, \"value\": 2,"
	" \"op\": \"SCMP_CMP_LT\"}]},"
	"{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 123, \"args\": [{\"index\": 0, \"value\": 40,"
	" \"op\": \"SCMP_CMP_GT\"}]},"
	"{\"names\": [\"getpriority\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 124, \"args\": [{\"index\": 0, \"value\": 0,"
	" \"op\": \"SCMP_CMP_NE\"}]},"
	"{\"names\": [\"mlockall\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 125, \"args\": [{\"index\": 0, \"value\": 6,"
	" \"valueTwo\": 4, \"op\": \"SCMP_CMP_MASKED_EQ\"}]},"
	"{\"names\": [\"sched_getparam\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 126, \"args\": ["
	" {\"index\": 0, \"value\": 7, \"op\": \"SCMP_CMP_EQ\"},"
	" {\"index\": 1, \"value\": 9, \"op\": \"SCMP_CMP_EQ\"}]},"
	"{\"names\": [\"getsid\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"includes\": {\"caps\": [\"CAP_KILL\", \"CAP_SYS_BOOT\"]}},"
	"{\"names\": [\"getpgid\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"includes\": {\"caps\": [\"CAP_KILL\"], \"minKernel\": \"4.8\"},"
	" \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}},"
	"{\"names\": [\"getrusage\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_KILL\"]}},"
	"{\"names\": [\"times\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"includes\": {\"arches\": [\"arm\", \"ppc64le\"]}},"
	"{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"includes\": {\"minKernel\": \"99.0\"}},"
	"{\"names\": [\"uname\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"includes\": {\"arches\": [\"amd64\", \"x32\"]}}"
	"]}";

/* What calls of it answer: an errno, 0 for anything else. */
static const struct answer {
	long number;
	long first, second;
	int error;
} answers[] = {
	{SYS_personality, 8, 0, 121},
	{SYS_personality, 0, 0, 128},
	{SYS_getgroups, 0, 0, 128}, /* the default's action is no rule */
	{SYS_personality, 0x100000008, 0, 128},
	{SYS_socket, 1, 0, 122},
	{SYS_socket, 2, 0, 0},
	{SYS_socket, 0x100000001, 0, 123},
	{SYS_socket, 40, 0, 0},
	{SYS_socket, 41, 0, 123},
	{SYS_getpriority, 0, 0, 0},
	{SYS_getpriority, 1, 0, 124},
	{SYS_getpriority, 0x100000000, 0, 124},
	{SYS_mlockall, 4, 0, 125},
	{SYS_mlockall, 12, 0, 125},
	{SYS_mlockall, 8, 0, 0},
	{SYS_sched_getparam, 7, 9, 126},
	{SYS_sched_getparam, 7, 0, 0},
	{SYS_sched_getparam, 0, 9, 0},
	{SYS_getsid, 0, 0, 0},
	{SYS_getpgid, 0, 0, EPERM},
	{SYS_getrusage, 77, 0, 0},
	{SYS_times, 0, 0, 0},
	{SYS_getppid, 0, 0, 0},
	{SYS_uname, 0, 0, EPERM},
	{SYS_openat2, 0, 0, 0},
};

/* Ours are 121 to 128; neither they nor EPERM is what these calls say
 * themselves. */
static bool is_answer(const struct answer *answer)
{
	long r;

	errno = 0;
	r = syscall(answer->number, answer->first, answer->second, 0);
	if (answer->error != 0)
		return r == -1 && errno == answer->error;
	return r != -1 || (errno < 121 && errno != EPERM) || errno > 128;
}

/* Ends with 10 when all is as it should be, or with the number of the call. */
static void ask(void *argument)
{
	profile_enter(argument);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (!is_answer(&answers[i]))
			_exit(20 + (int)i);
	/* Newer than what the profile names. */
	(void)syscall(SYS_epoll_pwait2, -1, NULL, 0, NULL, NULL);
	_exit(errno == ENOSYS ? 11 : 10);
}

static void a_profile_means_what_the_engines_take_it_for(void **state)
{
	static struct bpf bpf;
	const char *path =
		stage_file(*state, "profile.json", own_profile, 0644);

	for (int is_runc = 0; is_runc < 2; is_runc++) {
		const struct profile_options options = {
			.caps = docker_caps,
			.is_runc = is_runc,
		};
		struct launcher *launcher;

		compile(path, &options, &bpf);
		launcher = START(*state, ARGUMENTS("--version"), .prepare = ask,
				 .argument = &bpf);
		assert_int_equal(launcher_end(launcher), 10 + is_runc);
	}
}

/* A rule less would be a test that proves less. */
static void what_is_not_understood_in_a_profile_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\"}",
		"{\"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": []}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_TRACE\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\","
		"\"args\": [{\"index\": 0, \"value\": 1,"
		" \"op\": \"SCMP_CMP_GE\"}]}]}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\","
		"\"args\": [{\"index\": 0, \"value\": 4294967296,"
		" \"op\": \"SCMP_CMP_EQ\"}]}]}",
	};
	const struct profile_options options = {.caps = docker_caps};
	static struct bpf bpf;
	const char *reason;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *name = stage_text(*state, "profile%zu", i);

		bpf.length = 0;
		if (profile_compile(stage_file(*state, name, bad[i], 0644),
				    &options, &bpf, &reason))
			fail_msg("understood: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_profile_means_what_the_engines_take_it_for),
		STAGE_TEST(what_is_not_understood_in_a_profile_is_refused),
		STAGE_TEST(in_dockers_default_profile_it_works),
		STAGE_TEST(in_podmans_default_profile_it_works),
		STAGE_TEST(in_docker_20_10_it_works),
		STAGE_TEST(in_docker_19_03_it_works),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
