/*
 * session.c - starts, watches and ends one launcher.
 *
 * Nothing is left behind whatever happens: the launcher dies with the
 * controller, workers die with the launcher, and the controller is subreaper
 * of them all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "launch.h"
#include "session.h"

/* The most an unprivileged process may ask for: some 5000 restarts. */
#define SESSION_LOG_BYTES (1 << 20)
/* The same for who may have more. */
#define SESSION_LOG_BYTES_MAX (1 << 24)
#define SESSION_DEADLINE_NS (10 * NSEC_PER_SEC)
#define SESSION_HEAR_NS (60 * NSEC_PER_SEC)
#define SESSION_SLICE_NS (500 * NSEC_PER_MSEC)
#define SESSION_SETTLE_NS (60 * NSEC_PER_USEC)
#define SESSION_SETTLE_YIELDS 6

uint64_t bench_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

void bench_sleep_ns(uint64_t duration_ns)
{
	struct timespec left = {
		.tv_sec = (time_t)(duration_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(duration_ns % NSEC_PER_SEC),
	};

	int r;

	do
		r = nanosleep(&left, &left);
	while (r < 0 && errno == EINTR);
}

void session_drain(struct session *session)
{
	static char buffer[65536];
	ssize_t count;

	while ((count = read(session->log_fd, buffer, sizeof(buffer))) > 0) {
		session->log_bytes += (uint64_t)count;
		if (session->news)
			news_add(session->news, buffer, (size_t)count);
	}
}

/* The launcher is gone or silent: what it said last may tell why. */
static void session_show_log(struct session *session)
{
	char buffer[2048];
	ssize_t count = read(session->log_fd, buffer, sizeof(buffer));

	if (count > 0)
		(void)fprintf(stderr, "%.*s", (int)count, buffer);
	session_drain(session);
}

uint32_t session_expect(struct session *session, uint32_t count)
{
	uint32_t started =
		__atomic_load_n(&session->page->started, __ATOMIC_SEQ_CST);

	__atomic_store_n(&session->page->wake_at, started + count,
			 __ATOMIC_SEQ_CST);
	return started + count;
}

static void session_sleep(const struct session *session, uint32_t started)
{
	struct timespec slice = {.tv_nsec = (long)SESSION_SLICE_NS};

	/* Every outcome is a reason to look again. */
	(void)syscall(SYS_futex, &session->page->started, FUTEX_WAIT, started,
		      &slice, NULL, 0);
}

/* A zombie too: it is left for session_stop to reap. */
static bool session_is_over(const struct session *session)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)session->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid != 0;
}

int session_wait(struct session *session, uint32_t wanted)
{
	uint64_t begin_ns = bench_now_ns();
	uint32_t started;

	for (;;) {
		started = __atomic_load_n(&session->page->started,
					  __ATOMIC_SEQ_CST);
		if ((int32_t)(started - wanted) >= 0)
			return 0;
		if (session_is_over(session) ||
		    bench_now_ns() > nsec_add(begin_ns, SESSION_DEADLINE_NS))
			break;
		session_sleep(session, started);
	}
	(void)fprintf(stderr, "bench: %s: %u of %u workers started\n",
		      bench_launcher_names[session->launcher], started, wanted);
	session_show_log(session);
	return -ETIMEDOUT;
}

int session_hear(struct session *session, const char *event,
		 const char **ret_line)
{
	uint64_t begin_ns = bench_now_ns();
	struct pollfd log = {.fd = session->log_fd, .events = POLLIN};

	for (;;) {
		session_drain(session);
		*ret_line = news_next(session->news, event);
		if (*ret_line)
			return 0;
		if (session_is_over(session) ||
		    bench_now_ns() > nsec_add(begin_ns, SESSION_HEAR_NS))
			break;
		/* Every outcome is a reason to look again. */
		(void)poll(&log, 1, SESSION_SLICE_NS / NSEC_PER_MSEC);
	}
	(void)fprintf(stderr, "bench: no event \"%s\"\n", event);
	return -ETIMEDOUT;
}

int session_kill_all(const struct session *session)
{
	for (uint32_t i = 0; i < session->workers; i++)
		if (kill(session->page->slots[i].pid, SIGKILL) < 0)
			return -errno;
	return 0;
}

uint64_t session_last_ns(const struct session *session)
{
	uint64_t last_ns = 0;

	for (uint32_t i = 0; i < session->workers; i++)
		last_ns = nsec_max(last_ns, session->page->slots[i].stamp_ns);
	return last_ns;
}

void session_settle(const struct session *session)
{
	uint64_t until_ns = nsec_add(bench_now_ns(), session->settle_ns);

	for (int i = 0; i < SESSION_SETTLE_YIELDS || bench_now_ns() < until_ns;
	     i++)
		(void)sched_yield();
}

static int session_map(struct session *session)
{
	session->page_fd = memfd_create("bench", MFD_CLOEXEC);
	if (session->page_fd < 0 ||
	    ftruncate(session->page_fd, sizeof(*session->page)) < 0)
		return -errno;
	session->page =
		mmap(NULL, sizeof(*session->page), PROT_READ | PROT_WRITE,
		     MAP_SHARED, session->page_fd, 0);
	if (session->page == MAP_FAILED) {
		session->page = NULL;
		return -errno;
	}
	return 0;
}

/* Only the reading end does not block: a launcher finds an ordinary pipe. */
static int session_open_log(struct session *session, int *ret_write_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	session->log_fd = fds[0];
	*ret_write_fd = fds[1];
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ||
	    (fcntl(fds[1], F_SETPIPE_SZ, SESSION_LOG_BYTES_MAX) < 0 &&
	     fcntl(fds[1], F_SETPIPE_SZ, SESSION_LOG_BYTES) < 0))
		return -errno;
	return 0;
}

static int session_launch(const struct bench *bench,
			  const struct session_options *options,
			  struct session *session)
{
	_cleanup_fd_ int write_fd = -1;
	int r = session_map(session);

	if (r == 0)
		r = session_open_log(session, &write_fd);
	if (r < 0) {
		perror("bench: page or log");
		return r;
	}
	r = launch(
		bench, options,
		&(struct launch_fds){.page = session->page_fd, .log = write_fd},
		session->page);
	if (r > 0)
		session->pid = r;
	return r < 0 ? r : 0;
}

int session_start(const struct bench *bench,
		  const struct session_options *options,
		  struct session *ret_session)
{
	uint32_t started;
	int r;

	*ret_session = SESSION_NONE;
	ret_session->workers = options->workers;
	ret_session->launcher = options->launcher;
	ret_session->news = options->news;
	ret_session->settle_ns =
		options->settle_ns ? options->settle_ns : SESSION_SETTLE_NS;
	r = launch_pin(bench, options->is_pinned);
	if (r < 0)
		return r;
	r = session_launch(bench, options, ret_session);
	if (r < 0)
		return r;
	started = options->workers;
	/* Nobody has started before the launcher was executed, which the child
	 * waits for. */
	r = session_wait(ret_session, started);
	session_drain(ret_session);
	return r;
}

/* Waits for the launcher, and empties its log meanwhile: it may not hang in a
 * write. 1 when it is still there at the deadline. */
static int session_wait_end(struct session *session, int *ret_status)
{
	uint64_t deadline_ns = nsec_add(bench_now_ns(), SESSION_DEADLINE_NS);

	while (bench_now_ns() < deadline_ns) {
		pid_t pid = waitpid(session->pid, ret_status, WNOHANG);

		if (pid == session->pid) {
			session_drain(session);
			return 0;
		}
		if (pid < 0)
			return -errno;
		session_drain(session);
		bench_sleep_ns(NSEC_PER_MSEC / 2);
	}
	return 1;
}

/* A floor's workers die after it, and come to the subreaper. What is no child
 * of ours was reaped by its launcher. */
static void session_reap_workers(const struct session *session)
{
	for (uint32_t i = 0; i < session->workers; i++)
		if (session->page->slots[i].pid > 0)
			(void)waitpid(session->page->slots[i].pid, NULL, 0);
}

static int session_judge_end(const struct session *session, int status)
{
	if (session->launcher == BENCH_MUSTER) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return 0;
	} else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) {
		return 0;
	}
	(void)fprintf(stderr, "bench: %s ended with status %#x\n",
		      bench_launcher_names[session->launcher],
		      (unsigned int)status);
	return -EIO;
}

static int session_stop_launcher(struct session *session)
{
	int status = 0;
	int r;

	if (kill(session->pid, SIGTERM) < 0)
		return -errno;
	r = session_wait_end(session, &status);
	if (r == 0)
		return session_judge_end(session, status);
	if (r < 0)
		return r;
	(void)fprintf(stderr, "bench: %s does not stop, killed\n",
		      bench_launcher_names[session->launcher]);
	(void)kill(session->pid, SIGKILL);
	(void)waitpid(session->pid, NULL, 0);
	return -ETIMEDOUT;
}

int session_stop(struct session *session)
{
	int r = 0;

	if (session->pid > 0) {
		r = session_stop_launcher(session);
		session_reap_workers(session);
	}
	if (session->page)
		(void)munmap(session->page, sizeof(*session->page));
	cleanup_fd(&session->page_fd);
	cleanup_fd(&session->log_fd);
	*session = SESSION_NONE;
	return r;
}

void session_end(struct session *session)
{
	(void)session_stop(session); /* has said what went wrong */
}
