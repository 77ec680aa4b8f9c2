/*
 * story.c - what stories of program.c have in common.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "service/story.h"

#define HOLD_FD 9

int story_set_up(void **state)
{
	int r = stage_set_up(state);
	struct stage *stage = *state;

	if (r < 0)
		return r;
	/* The tools' worker would lie beside this test, too. */
	(void)snprintf(stage->program, sizeof(stage->program), "%.*s/program",
		       (int)(strrchr(stage->worker, '/') - stage->worker),
		       stage->worker);
	return access(stage->program, X_OK);
}

struct hold hold_open(void)
{
	struct hold hold;

	assert_int_equal(pipe2(hold.ends, O_CLOEXEC), 0);
	return hold;
}

void hold_enter(void *argument)
{
	const struct hold *hold = argument;

	if (dup2(hold->ends[0], HOLD_FD) < 0)
		_exit(123);
}

void hold_release_one(const struct hold *hold)
{
	assert_int_equal(write(hold->ends[1], "x", 1), 1);
}

void hold_release(struct hold *hold)
{
	(void)close(hold->ends[1]);
	hold->ends[1] = -1;
}

void hold_close(struct hold *hold)
{
	for (int i = 0; i < 2; i++)
		if (hold->ends[i] >= 0)
			(void)close(hold->ends[i]);
}

void send_from_elsewhere(pid_t pid, int signo)
{
	pid_t sender = fork();
	int status;

	if (sender == 0)
		_exit(kill(pid, signo) < 0 && errno != ESRCH);
	assert_int_equal(waitpid(sender, &status, 0), sender);
	assert_int_equal(status, 0);
}

void launcher_turn(struct launcher *launcher)
{
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_log(launcher, "Caught SIGUSR1");
}

int end_of_orphan(pid_t pid)
{
	int pidfd = process_open(pid);
	int status;

	assert_true(process_ends_within(pidfd, DEADLINE_MS));
	(void)close(pidfd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

unsigned int count_fds(pid_t pid, const char *text)
{
	const struct dirent *entry;
	unsigned int count = 0;
	char path[64];
	DIR *directory;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		char target[256] = "";

		if (readlinkat(dirfd(directory), entry->d_name, target,
			       sizeof(target) - 1) > 0 &&
		    strncmp(target, text, strlen(text)) == 0)
			count++;
	}
	if (directory)
		(void)closedir(directory);
	return count;
}

/* No descriptor tells of it: it is looked at again and again. */
void wait_for_children(pid_t pid, unsigned int count)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];
	unsigned int seen;

	while ((seen = children_of(pid, pids)) != count) {
		if (now_ms() >= until_ms)
			fail_msg("%u children, not %u", seen, count);
		(void)poll(NULL, 0, 1);
	}
}

int hear_port(struct launcher *launcher)
{
	const char *text = "Listening on tcp:127.0.0.1:";

	return (int)line_number(launcher_log(launcher, text), text);
}

int client_open(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	return fd;
}

pid_t client_hear(int fd)
{
	char text[32] = "";

	assert_true(is_readable_within(fd, DEADLINE_MS));
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	return (pid_t)atoi(text);
}
