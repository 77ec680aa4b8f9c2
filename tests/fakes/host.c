/*
 * host.c - stands behind proc/parent.h, proc/limits.h, proc/tty.h,
 * proc/reaper.h, proc/leftovers.h and proc/listen.h: what is around the
 * launcher.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fakes/fake.h"
#include "proc/leftovers.h"
#include "proc/limits.h"
#include "proc/listen.h"
#include "proc/parent.h"
#include "proc/reaper.h"
#include "proc/tty.h"

int parent_open(int *ret_pidfd)
{
	if (fake.parent_error != 0)
		return -fake.parent_error;
	/* Real, for the core closes it without the loop. */
	fake.parent_fd = eventfd(0, EFD_CLOEXEC);
	if (fake.parent_fd < 0)
		return -errno;
	*ret_pidfd = fake.parent_fd;
	return 0;
}

int parent_tie(int signo)
{
	fake.tied_signo = signo;
	return -fake.tie_error;
}

uint64_t limits_raise_nofile(struct rlimit *ret_before)
{
	*ret_before = (struct rlimit){
		.rlim_cur = fake.is_nofile_raised ? fake.nofile_hard
						  : fake.nofile_soft,
		.rlim_max = fake.nofile_hard,
	};
	fake.is_nofile_raised = true;
	return fake.nofile_hard;
}

uint64_t limits_nofile(void)
{
	return fake.is_nofile_raised ? fake.nofile_hard : fake.nofile_soft;
}

void limits_restore_nofile(const struct rlimit *before)
{
	if (before->rlim_cur != fake.nofile_soft)
		fake_blame("RLIMIT_NOFILE is not put back as it was");
	fake.is_nofile_raised = false;
}

int limits_lowest_free_fd(void)
{
	return fake.lowest_free_fd;
}

int reaper_set(bool adopts)
{
	int adopted = fake.is_reaper;

	if (adopts && fake.reaper_error != 0)
		return -fake.reaper_error;
	fake.is_reaper = adopts;
	return adopted;
}

bool tty_is_foreground(void)
{
	fake.foreground_asks++;
	return fake.is_foreground;
}

int tty_find(void)
{
	return fake.has_terminal ? 0 : -1;
}

bool tty_is_ours(int fd)
{
	(void)fd; /* there is one */
	return fake.is_terminal_ours;
}

bool tty_give(int fd, pid_t leader)
{
	(void)fd;
	if (fake.is_terminal_ours)
		fake.given_to = leader;
	return fake.is_terminal_ours;
}

void tty_leave(void)
{
	fake.terminal_leaves++;
}

bool tty_stop_self(int signo)
{
	fake.own_stops++;
	fake.own_stopped_by = signo;
	return fake.is_job;
}

bool tty_stop_job(int signo)
{
	fake.job_stops++;
	fake.job_stopped_by = signo;
	return fake.is_job;
}

void tty_take_back(int fd, pid_t leader)
{
	(void)fd; /* there is one */
	fake.taken_back = leader;
}

void leftovers_signal(int signo, uint32_t *ret_count, struct text *names)
{
	if (names && fake.children > 0 && !fake.are_unseen)
		text_add(names, "left (99)");
	*ret_count = fake.are_unseen ? 0 : fake.children;
	fake.leftover_signals[signo]++;
	if (signo != SIGKILL || fake.are_unseen)
		return;
	fake.orphans = fake.children;
	fake.children = 0;
}

/* "tcp:busy:…" is in use; a port of 0 becomes 8080. */
int listen_open(const char *address, struct listen_socket *ret_socket,
		struct text *error)
{
	static int next_fd = 3000000;
	size_t length = strlen(address);

	if (strncmp(address, "tcp:busy:", strlen("tcp:busy:")) == 0) {
		text_add(error, "somebody listens there");
		return -EADDRINUSE;
	}
	*ret_socket = LISTEN_SOCKET_NULL;
	ret_socket->fd = next_fd++;
	if (length > 2 && strcmp(address + length - 2, ":0") == 0)
		length--;
	(void)snprintf(ret_socket->address, sizeof(ret_socket->address),
		       "%.*s%s", (int)length, address,
		       address[length] != '\0' ? "8080" : "");
	fake.listeners++;
	return 0;
}

void listen_close(struct listen_socket *socket)
{
	if (socket->fd >= 0)
		fake.listeners--;
	socket->fd = -1;
}
