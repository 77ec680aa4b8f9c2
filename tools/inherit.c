/*
 * inherit.c - sockets and descriptors that came with us (sd_listen_fds(3)).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/parse.h"
#include "inherit.h"

#define INHERIT_FIRST_FD 3

/* How many are for us; -EINVAL when they are, but are no number. */
static int inherit_count(struct text *error)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	uint64_t count;
	uint64_t owner;

	if (!pid || !fds || parse_u64(pid, &owner) < 0 ||
	    owner != (uint64_t)getpid())
		return 0;
	if (parse_u64_range(fds, 0, OPTIONS_LISTENERS_MAX, &count) < 0) {
		text_format(error,
			    "LISTEN_FDS \"%s\" is no number from 0 to 256",
			    fds);
		return -EINVAL;
	}
	return (int)count;
}

/* The names of LISTEN_FDNAMES, split in place; NULL past the last. */
static char *inherit_next_name(char **rest)
{
	char *name = strsep(rest, ":");

	return name && name[0] != '\0' ? name : NULL;
}

static int inherit_sockets(struct run_options *options, int count,
			   struct text *error)
{
	const char *variable = getenv("LISTEN_FDNAMES");
	char *names[OPTIONS_LISTENERS_MAX] = {NULL};
	/* Lives as long as the program: listeners borrow the names. */
	char *rest = variable ? strdup(variable) : NULL;

	for (int i = 0; i < count; i++)
		names[i] = inherit_next_name(&rest);
	for (int i = count; i-- > 0;) {
		const struct muster_listener listener = {
			.name = names[i],
			.fd = INHERIT_FIRST_FD + i,
		};

		if (options_prepend_listener(options, &listener) < 0) {
			text_add(error, "more than 256 listeners");
			return -EINVAL;
		}
	}
	return 0;
}

static int inherit_keep(int *keep, size_t count, struct text *error)
{
	for (size_t i = 0; i < count; i++) {
		if (fcntl(keep[i], F_SETFD, FD_CLOEXEC) < 0) {
			text_format(error, "descriptor %d is not open",
				    keep[i]);
			return -EBADF;
		}
	}
	fd_close_others(keep, count);
	return 0;
}

int inherit_descriptors(struct run_options *options, struct text *error)
{
	int keep[OPTIONS_LISTENERS_MAX + OPTIONS_PASS_FDS_MAX];
	int inherited = inherit_count(error);
	size_t count = 0;
	int r;

	if (inherited < 0)
		return inherited;
	r = inherit_sockets(options, inherited, error);
	if (r < 0)
		return r;
	for (int i = 0; i < inherited; i++)
		keep[count++] = INHERIT_FIRST_FD + i;
	for (uint32_t i = 0; i < options->group.pass_fd_count; i++) {
		int fd = options->pass_fds[i];

		/* Listeners take the numbers from 3 on. */
		if (fd <
		    INHERIT_FIRST_FD + (int)options->group.listener_count) {
			text_format(error,
				    "--pass-fd %d: listeners have descriptors "
				    "3 to %u in a worker, pass a higher one",
				    fd,
				    INHERIT_FIRST_FD - 1 +
					    options->group.listener_count);
			return -EINVAL;
		}
		keep[count++] = fd;
	}
	return inherit_keep(keep, count, error);
}
