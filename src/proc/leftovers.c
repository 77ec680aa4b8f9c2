/*
 * leftovers.c - seeks them and signals them. Waits for nobody.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/parse.h"
#include "proc/leftovers.h"

#define LEFTOVERS_MAX 4096U
/* A list of children is read in such pieces; each is "NUMBER ". */
#define LEFTOVERS_PIECE 4096U

struct leftovers {
	pid_t *pids; /* [count], those before next are done */
	uint32_t count;
	uint32_t next;
	int signo;
	struct text *names;
};

static void cleanup_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* it was only read */
}

static void leftovers_add(struct leftovers *leftovers, pid_t pid)
{
	if (leftovers->count < LEFTOVERS_MAX)
		leftovers->pids[leftovers->count++] = pid;
}

static void leftovers_name(const struct leftovers *leftovers, int directory,
			   pid_t pid)
{
	_cleanup_fd_ int fd = openat(directory, "comm", O_RDONLY | O_CLOEXEC);
	char name[64];
	ssize_t size = read(fd, name, sizeof(name));

	if (size <= 0)
		return;
	name[size - 1] = '\0'; /* it ends with a newline */
	text_format(leftovers->names, "%s%s (%d)",
		    leftovers->names->length > 0 ? ", " : "", name, (int)pid);
}

/* Numbers may be cut at the end of a piece: the rest is moved to its front. */
static size_t leftovers_take_numbers(struct leftovers *leftovers, char *text,
				     size_t length)
{
	char *number = text;
	char *end;

	while ((end = memchr(number, ' ', length - (size_t)(number - text))) !=
	       NULL) {
		uint64_t pid;

		*end = '\0';
		if (parse_u64_range(number, 2, INT32_MAX, &pid) == 0)
			leftovers_add(leftovers, (pid_t)pid);
		number = end + 1;
	}
	length -= (size_t)(number - text);
	memmove(text, number, length);
	return length;
}

static void leftovers_read_children(struct leftovers *leftovers, int tasks,
				    const char *task)
{
	_cleanup_fd_ int directory =
		openat(tasks, task, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int fd =
		openat(directory, "children", O_RDONLY | O_CLOEXEC);
	char text[LEFTOVERS_PIECE];
	size_t length = 0;
	ssize_t size;

	while ((size = read(fd, text + length, sizeof(text) - length)) > 0)
		length = leftovers_take_numbers(leftovers, text,
						length + (size_t)size);
}

/* Of all its threads: each has its own. */
static void leftovers_seek(struct leftovers *leftovers, int directory)
{
	int fd = openat(directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(cleanup_directory) DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!tasks && fd >= 0)
		(void)close(fd); /* for want of memory */
	/* The stream is ours. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (tasks && (entry = readdir(tasks)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			leftovers_read_children(leftovers, dirfd(tasks),
						entry->d_name);
}

/* The directory stands for this process alone, however old its number. */
static void leftovers_send(int directory, pid_t pid, int signo)
{
	if (syscall(SYS_pidfd_send_signal, directory, signo, NULL, 0) < 0 &&
	    errno != ESRCH)
		(void)kill(pid, signo); /* where that call is refused */
}

static int leftovers_open(pid_t pid)
{
	char path[32];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_add(&text, "/proc/");
	text_add_i64(&text, pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Its children first: they are sought where it is, and may be left to us when
 * it dies of this. */
static void leftovers_end_one(struct leftovers *leftovers, pid_t pid)
{
	_cleanup_fd_ int directory = leftovers_open(pid);

	if (directory < 0)
		return; /* it has ended */
	leftovers_seek(leftovers, directory);
	leftovers_name(leftovers, directory, pid);
	leftovers_send(directory, pid, leftovers->signo);
	if (leftovers->signo != SIGKILL)
		leftovers_send(directory, pid, SIGCONT);
}

/* From child to child. */
static void leftovers_end_ours(struct leftovers *leftovers)
{
	_cleanup_fd_ int directory = leftovers_open(getpid());

	leftovers_seek(leftovers, directory);
	while (leftovers->next < leftovers->count)
		leftovers_end_one(leftovers,
				  leftovers->pids[leftovers->next++]);
}

/* Everybody but ourselves; /proc is for the names only. */
static void leftovers_end_all(struct leftovers *leftovers)
{
	_cleanup_(cleanup_directory) DIR *processes = opendir("/proc");
	const struct dirent *entry;
	uint64_t pid;

	/* The stream is ours. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (processes && (entry = readdir(processes)) != NULL) {
		if (parse_u64_range(entry->d_name, 2, INT32_MAX, &pid) < 0)
			continue;
		leftovers_add(leftovers, (pid_t)pid);
	}
	for (uint32_t i = 0; i < leftovers->count; i++) {
		_cleanup_fd_ int directory = leftovers_open(leftovers->pids[i]);

		leftovers_name(leftovers, directory, leftovers->pids[i]);
	}
	(void)kill(-1, leftovers->signo); /* ESRCH: nobody is there */
	if (leftovers->signo != SIGKILL)
		(void)kill(-1, SIGCONT);
}

void leftovers_signal(int signo, uint32_t *ret_count, struct text *names)
{
	_cleanup_free_ pid_t *pids = calloc(LEFTOVERS_MAX, sizeof(*pids));
	struct leftovers leftovers = {
		.pids = pids,
		.signo = signo,
		.names = names,
	};

	*ret_count = 0;
	if (!pids)
		return; /* who calls tries again */
	if (getpid() == 1)
		leftovers_end_all(&leftovers);
	else
		leftovers_end_ours(&leftovers);
	*ret_count = leftovers.count;
}
