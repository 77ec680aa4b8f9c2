/*
 * test_refused.c - the story of every optional system call that is refused, in
 * every way that sandboxes and kernels are known for, and of limits: one short
 * life in each, with all that muster does (E44).
 */
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/compat.h"
#include "tools/deny.h"
#include "tools/smoke.h"

#define NOBODY 65534
/* Any path may serve. */
#define NO_PATH "no path at all"

static const int errors[] = {EPERM, ENOSYS, EINVAL, EOPNOTSUPP, ENOMEM};

static const struct refused maskers[] = {
	{.name = "io_uring_setup",
	 .number = SYS_io_uring_setup,
	 .error = EPERM},
	{.name = "clone3", .number = SYS_clone3, .error = ENOSYS},
	{.name = NULL},
};

/* The paths that served cannot have been those that need the call. */
static void check_paths(const char *paths, const char *never)
{
	size_t length = strcspn(paths, ";");
	const char *found = strstr(paths, never);

	if (!strstr(paths, "error: ") && found && found < paths + length)
		fail_msg("%s in: %s", never, paths);
}

/* First as it is, then in a container: the better paths, which would not use
 * it, are gone. */
static void refuse(struct stage *stage, const struct refused *call,
		   const char *never)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct refused list[ARRAY_LEN(maskers) + 1] = {*call};
		const struct smoke smoke = {
			.where = stage_text(stage, "%s says %s", call->name,
					    compat_error_name(errors[i])),
			.prepare = deny_some,
			.argument = list,
		};

		list[0].error = errors[i];
		check_paths(smoke_run(stage, &smoke), never);
		/* The first rule of a filter that fits holds. */
		memcpy(list + 1, maskers, sizeof(maskers));
		check_paths(smoke_run(stage, &smoke), never);
	}
}

static void io_uring_setup_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "io_uring_setup",
				 .number = SYS_io_uring_setup},
	       "engine ring");
}

static void io_uring_enter_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "io_uring_enter",
				 .number = SYS_io_uring_enter},
	       "engine ring");
}

static void io_uring_register_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "io_uring_register",
				 .number = SYS_io_uring_register},
	       NO_PATH);
}

static void clone3_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "clone3", .number = SYS_clone3},
	       "clone3");
}

static void clone_with_a_pidfd_is_refused(void **state)
{
	refuse(*state, &(struct refused){REFUSED_CLONE_PIDFD}, NO_PATH);
}

static void pidfd_open_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "pidfd_open",
				 .number = SYS_pidfd_open},
	       NO_PATH);
}

static void pidfd_send_signal_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "pidfd_send_signal",
				 .number = SYS_pidfd_send_signal},
	       NO_PATH);
}

static void close_range_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "close_range",
				 .number = SYS_close_range},
	       "spawn fast");
}

static void epoll_pwait2_is_refused(void **state)
{
	refuse(*state,
	       &(struct refused){.name = "epoll_pwait2",
				 .number = SYS_epoll_pwait2},
	       NO_PATH);
}

static void waitid_by_pidfd_is_refused(void **state)
{
	refuse(*state, &(struct refused){REFUSED_WAITID_PIDFD}, "engine epoll");
}

/* The filter itself: a call is refused by its argument alone. */
static void waitid_in_a_filter(void *argument)
{
	siginfo_t info;

	deny_some(argument);
	if (waitid(COMPAT_P_PIDFD, 1, &info, WEXITED | WNOHANG) == 0 ||
	    errno != EOPNOTSUPP)
		_exit(11);
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 || errno != ECHILD)
		_exit(12);
	if (syscall(SYS_close_range, ~0U, ~0U, 0) == 0 || errno != EINVAL)
		_exit(13);
	_exit(10);
}

static void the_filter_refuses_what_it_says_and_nothing_else(void **state)
{
	struct refused list[] = {
		{REFUSED_WAITID_PIDFD, .error = EOPNOTSUPP},
		{.name = "close_range",
		 .number = SYS_close_range,
		 .error = EINVAL},
		{.name = NULL},
	};
	struct launcher *launcher =
		START(*state, ARGUMENTS("--version"),
		      .prepare = waitid_in_a_filter, .argument = list);

	assert_int_equal(launcher_end(launcher), 10);
}

/* The socket's directory must be everybody's. */
static void need_root(struct stage *stage)
{
	if (getuid() != 0)
		SKIP("only root can become another user");
	assert_int_equal(chmod(stage->directory, 0777), 0);
}

static void as_nobody(void *argument)
{
	if (setrlimit(RLIMIT_MEMLOCK, argument) < 0 || setgid(NOBODY) < 0 ||
	    setuid(NOBODY) < 0)
		_exit(123);
}

/* Root is not bound by it. */
static void without_locked_memory_it_works(void **state)
{
	static const rlim_t limits[] = {0, 65536};

	need_root(*state);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct rlimit limit = {limits[i], limits[i]};
		const struct smoke smoke = {
			.where = stage_text(*state, "RLIMIT_MEMLOCK %llu",
					    (unsigned long long)limits[i]),
			.prepare = as_nobody,
			.argument = &limit,
		};

		(void)smoke_run(*state, &smoke);
	}
}

static void limit_descriptors(void *argument)
{
	if (setrlimit(RLIMIT_NOFILE, argument) < 0)
		_exit(123);
}

static void with_16_descriptors_it_works(void **state)
{
	struct rlimit limit = {16, 16};
	const struct smoke smoke = {
		.where = "RLIMIT_NOFILE 16, soft and hard",
		.prepare = limit_descriptors,
		.argument = &limit,
	};

	(void)smoke_run(*state, &smoke);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(123);
	(void)close(fd);
}

/* Root of a name space of its own, which is nobody outside. */
static void enter_user_namespace(void *argument)
{
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(123);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", argument);
}

static bool has_user_namespaces(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0 ? errno : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		printf("unshare: %s\n", strerror(WEXITSTATUS(status)));
	return status == 0;
}

static void in_a_user_name_space_it_works(void **state)
{
	char map[32];
	const struct smoke smoke = {
		.where = "a user name space",
		.prepare = enter_user_namespace,
		.argument = map,
	};

	if (!has_user_namespaces())
		SKIP("no user name spaces here");
	(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned int)getuid());
	(void)smoke_run(*state, &smoke);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_filter_refuses_what_it_says_and_nothing_else),
		STAGE_TEST(io_uring_setup_is_refused),
		STAGE_TEST(io_uring_enter_is_refused),
		STAGE_TEST(io_uring_register_is_refused),
		STAGE_TEST(clone3_is_refused),
		STAGE_TEST(clone_with_a_pidfd_is_refused),
		STAGE_TEST(pidfd_open_is_refused),
		STAGE_TEST(pidfd_send_signal_is_refused),
		STAGE_TEST(close_range_is_refused),
		STAGE_TEST(epoll_pwait2_is_refused),
		STAGE_TEST(waitid_by_pidfd_is_refused),
		STAGE_TEST(without_locked_memory_it_works),
		STAGE_TEST(with_16_descriptors_it_works),
		STAGE_TEST(in_a_user_name_space_it_works),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
