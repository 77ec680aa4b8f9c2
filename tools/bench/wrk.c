/*
 * wrk.c - runs wrk and reads its report.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "wrk.h"

#define WRK_REPORT_SIZE 8192
/* Longer than anything that is measured: it is interrupted. */
#define WRK_DURATION "600s"
#define WRK_EXIT_STATUS 127

static __attribute__((noreturn)) void wrk_run(int port, int write_fd)
{
	char url[64];
	char connections[16];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	(void)snprintf(connections, sizeof(connections), "%d", WRK_CONNECTIONS);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    dup2(write_fd, STDOUT_FILENO) < 0 ||
	    dup2(write_fd, STDERR_FILENO) < 0)
		_exit(WRK_EXIT_STATUS);
	(void)execl(WRK_PROGRAM, WRK_PROGRAM, "-t1", "-c", connections, "-d",
		    WRK_DURATION, url, (char *)NULL);
	_exit(WRK_EXIT_STATUS);
}

int wrk_start(int port, struct wrk *ret_wrk)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	ret_wrk->fd = fds[0];
	ret_wrk->pid = fork();
	if (ret_wrk->pid == 0)
		wrk_run(port, fds[1]);
	(void)close(fds[1]); /* the child has it */
	if (ret_wrk->pid < 0) {
		ret_wrk->pid = 0;
		return -errno;
	}
	return 0;
}

int wrk_check(const struct wrk *wrk)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)wrk->pid, &info, WEXITED | WNOHANG | WNOWAIT) <
	    0)
		return -errno;
	return info.si_pid == 0 ? 0 : -EIO;
}

static uint64_t wrk_number(const char *report, const char *before)
{
	const char *found = strstr(report, before);

	return found ? strtoull(found + strlen(before), NULL, 10) : 0;
}

/* "123 requests in 4.00s, 5.00MB read" */
static uint64_t wrk_requests(const char *report)
{
	const char *found = strstr(report, " requests in ");

	while (found && found > report && found[-1] != ' ')
		found--;
	return found ? strtoull(found, NULL, 10) : 0;
}

static size_t wrk_read(int fd, char *report, size_t size)
{
	size_t length = 0;
	ssize_t count = 1;

	while (count > 0 && length < size - 1) {
		count = read(fd, report + length, size - 1 - length);
		length += count > 0 ? (size_t)count : 0;
	}
	report[length] = '\0';
	return length;
}

int wrk_stop(struct wrk *wrk, struct wrk_result *ret_result)
{
	char report[WRK_REPORT_SIZE];

	if (kill(wrk->pid, SIGINT) < 0)
		return -errno;
	(void)wrk_read(wrk->fd, report, sizeof(report));
	wrk_end(wrk);
	*ret_result = (struct wrk_result){
		.requests = wrk_requests(report),
		.connect = wrk_number(report, "Socket errors: connect "),
		.read = wrk_number(report, ", read "),
		.write = wrk_number(report, ", write "),
		.timeout = wrk_number(report, ", timeout "),
		.status = wrk_number(report, "Non-2xx or 3xx responses: "),
	};
	if (ret_result->requests > 0)
		return 0;
	(void)fprintf(stderr, "bench: wrk counted nothing: %s\n", report);
	return -EIO;
}

void wrk_end(struct wrk *wrk)
{
	if (wrk->pid > 0) {
		(void)kill(wrk->pid, SIGKILL);
		(void)waitpid(wrk->pid, NULL, 0);
	}
	cleanup_fd(&wrk->fd);
	*wrk = WRK_NONE;
}
