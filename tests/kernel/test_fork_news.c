/*
 * test_fork_news.c - what passes between a process and its forks: signals with
 * a value, death signals, messages and whose pid they bear.
 */
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "kernel/children.h"

static siginfo_t queued_info(int code, pid_t pid)
{
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = code};

	info.si_pid = pid;
	info.si_uid = getuid();
	info.si_value.sival_int = 42;
	return info;
}

static long send_info(int pidfd, siginfo_t info)
{
	return syscall(SYS_pidfd_send_signal, pidfd, SIGUSR1, &info, 0);
}

/* To ourselves we may say anything; a sender of another process may not pass
 * for the kernel or for kill(2). The pid is what the sender writes. */
static int queue_value(void)
{
	pid_t parent = getpid();
	struct signalfd_siginfo record;
	sigset_t mask;
	pid_t pid;
	int pidfd;
	int fd;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGUSR1);
	CHILD_CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	fd = signalfd(-1, &mask, SFD_CLOEXEC);
	pidfd = child_pidfd(parent);
	pid = fork();
	if (pid == 0)
		_exit(send_info(pidfd, queued_info(SI_USER, getpid())) == 0 ||
		      errno != EPERM ||
		      send_info(pidfd, queued_info(SI_QUEUE, getpid())) < 0);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(pipe_take(fd, &record, sizeof(record)));
	CHILD_CHECK(record.ssi_signo == SIGUSR1);
	CHILD_CHECK(record.ssi_code == SI_QUEUE);
	CHILD_CHECK(record.ssi_pid == (uint32_t)pid);
	CHILD_CHECK(record.ssi_int == 42);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static void a_signal_by_pidfd_may_carry_a_value_and_a_pid(void **state)
{
	(void)state;
	in_child(queue_value);
}

static int death_signal(void)
{
	int signo = -1;

	return prctl(PR_GET_PDEATHSIG, &signo) == 0 ? signo : -1;
}

static int keep_death_signal(void)
{
	pid_t pid;

	CHILD_CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0);
	CHILD_CHECK(setsid() > 0);
	CHILD_CHECK(chdir("/") == 0);
	CHILD_CHECK(death_signal() == SIGUSR1);
	pid = fork();
	if (pid == 0)
		_exit(death_signal());
	CHILD_CHECK(child_end(pid).si_status == 0);
	CHILD_CHECK(death_signal() == SIGUSR1);
	CHILD_CHECK(prctl(PR_SET_PDEATHSIG, 0) == 0);
	CHILD_CHECK(death_signal() == 0);
	return 0;
}

static void a_death_signal_is_no_childs_and_stays_until_it_is_0(void **state)
{
	(void)state;
	in_child(keep_death_signal);
}

/* Has had a death signal, and has none; answers when it is asked. */
static void answer(int told, int asked)
{
	pid_t pid = getpid();
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_PDEATHSIG, 0);
	if (!pipe_put(told, &pid, sizeof(pid)) || !pipe_take(asked, &byte, 1))
		_exit(1);
	_exit(7);
}

static int outlive_a_parent(void)
{
	int told[2];
	int asked[2];
	pid_t parent;
	pid_t pid;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	CHILD_CHECK(pipe2(asked, O_CLOEXEC) == 0);
	parent = child_fork();
	if (parent == 0) {
		if (fork() == 0)
			answer(told[1], asked[0]);
		for (;;)
			(void)pause();
	}
	CHILD_CHECK(pipe_take(told[0], &pid, sizeof(pid)));
	CHILD_CHECK(kill(parent, SIGKILL) == 0);
	CHILD_CHECK(child_end(parent).si_pid == parent);
	CHILD_CHECK(pipe_put(asked[1], "x", 1));
	CHILD_CHECK(child_end(pid).si_code == CLD_EXITED);
	return 0;
}

static void without_its_death_signal_a_child_outlives_us(void **state)
{
	(void)state;
	in_child(outlive_a_parent);
}

struct named {
	struct sockaddr_un address;
	socklen_t size;
	int fd;
};

static int named_open(struct named *named)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	int yes = 1;

	named->size = sizeof(named->address);
	named->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHILD_CHECK(named->fd >= 0);
	CHILD_CHECK(bind(named->fd, (const struct sockaddr *)&any,
			 sizeof(sa_family_t)) == 0);
	CHILD_CHECK(getsockname(named->fd, (struct sockaddr *)&named->address,
				&named->size) == 0);
	CHILD_CHECK(setsockopt(named->fd, SOL_SOCKET, SO_PASSCRED, &yes,
			       sizeof(yes)) == 0);
	return 0;
}

/* Whose pid the kernel writes beside the next message; 0 for none. */
static pid_t named_take(const struct named *named)
{
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = {0};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct ucred credentials = {0};

	if (recvmsg(named->fd, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return 0;
	memcpy(&credentials, CMSG_DATA(CMSG_FIRSTHDR(&message)),
	       sizeof(credentials));
	return credentials.pid;
}

/* By a socket that was connected before the fork, and by one of its own. */
static int send_from_fork(void)
{
	int before = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct named named;
	pid_t pid;

	CHILD_CHECK(named_open(&named) == 0);
	CHILD_CHECK(connect(before, (struct sockaddr *)&named.address,
			    named.size) == 0);
	pid = fork();
	if (pid == 0) {
		int own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		_exit(send(before, "x", 1, 0) != 1 ||
		      sendto(own, "x", 1, 0, (struct sockaddr *)&named.address,
			     named.size) != 1);
	}
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(named_take(&named) == pid);
	CHILD_CHECK(named_take(&named) == pid);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static void a_forks_message_bears_the_forks_pid(void **state)
{
	(void)state;
	in_child(send_from_fork);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_by_pidfd_may_carry_a_value_and_a_pid),
		cmocka_unit_test(
			a_death_signal_is_no_childs_and_stays_until_it_is_0),
		cmocka_unit_test(without_its_death_signal_a_child_outlives_us),
		cmocka_unit_test(a_forks_message_bears_the_forks_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
