/*
 * leftovers.c - seeks them and signals them. Waits for nobody.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/parse.h"
#include "proc/leftovers.h"

/* The kernel's own pid_max: who raises it may have more than one turn sees. */
#define LEFTOVERS_MAX 32768U
/* A list of children is read in such pieces; each is "NUMBER ". */
#define LEFTOVERS_PIECE 4096U

struct leftovers {
	int *found; /* [count]: we, then each behind its parent */
	uint32_t count;
	int signo;
	struct text *names;
};

static void leftovers_add(struct leftovers *leftovers, int pid)
{
	if (leftovers->count < LEFTOVERS_MAX)
		leftovers->found[leftovers->count++] = pid;
}

static bool leftovers_have(const struct leftovers *leftovers, int pid)
{
	for (uint32_t i = 0; i < leftovers->count; i++)
		if (leftovers->found[i] == pid)
			return true;
	return false;
}

static void leftovers_name(struct text *names, int directory, int pid)
{
	_cleanup_fd_ int fd = -1;
	char name[64];
	ssize_t size;

	if (!names || names->is_cut)
		return;
	fd = openat(directory, "comm", O_RDONLY | O_CLOEXEC);
	size = read(fd, name, sizeof(name));
	if (size <= 0)
		return;
	name[size - 1] = '\0'; /* it ends with a newline */
	text_format(names, "%s%s (%d)", names->length > 0 ? ", " : "", name,
		    pid);
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
			leftovers_add(leftovers, (int)pid);
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
	_cleanup_directory_ DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint64_t task;

	if (!tasks && fd >= 0)
		(void)close(fd); /* for want of memory */
	/* The stream is ours. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (tasks && (entry = readdir(tasks)) != NULL)
		if (parse_u64(entry->d_name, &task) == 0)
			leftovers_read_children(leftovers, dirfd(tasks),
						entry->d_name);
}

/* The fourth word of stat, behind a name in brackets that may hold any byte; 0
 * for a process that is gone. */
static int leftovers_parent(int directory)
{
	_cleanup_fd_ int fd = openat(directory, "stat", O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t size = read(fd, text, sizeof(text) - 1);
	const char *bracket;

	if (size <= 0)
		return 0;
	text[size] = '\0';
	bracket = strrchr(text, ')');
	/* ") S PARENT": the kernel's own words. */
	if (!bracket || strlen(bracket) < sizeof(") S P") - 1)
		return 0;
	return (int)strtol(bracket + sizeof(") S ") - 1, NULL, 10);
}

static int leftovers_open(int pid)
{
	char path[32];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_add(&text, "/proc/");
	text_add_i64(&text, pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Where the call is refused the number must do: it is that of a process whose
 * directory is open, in a /proc that numbers as we do, and whose parent is. */
static void leftovers_send(const struct leftovers *leftovers, int directory,
			   int pid, int signo)
{
	if (syscall(SYS_pidfd_send_signal, directory, signo, NULL, 0) == 0 ||
	    errno == ESRCH || leftovers->found[0] != getpid())
		return;
	(void)kill(pid, signo); /* or it has just ended */
}

/* Its children first: they are sought where it is, and when it dies of this
 * they are left to the subreaper next above: we, or one that was found before
 * it. */
static void leftovers_end_one(struct leftovers *leftovers, int pid)
{
	_cleanup_fd_ int directory = leftovers_open(pid);

	/* Or it has ended, or its number is another's. */
	if (!leftovers_have(leftovers, leftovers_parent(directory)))
		return;
	leftovers_seek(leftovers, directory);
	leftovers_name(leftovers->names, directory, pid);
	leftovers_send(leftovers, directory, pid, leftovers->signo);
	if (leftovers->signo != SIGKILL)
		leftovers_send(leftovers, directory, pid, SIGCONT);
}

/* What /proc calls us: its numbers may be those of another namespace. */
static int leftovers_us(void)
{
	char text[16];
	ssize_t size = readlink("/proc/self", text, sizeof(text) - 1);
	uint64_t pid;

	if (size <= 0)
		return 0;
	text[size] = '\0';
	return parse_u64_range(text, 1, INT32_MAX, &pid) == 0 ? (int)pid : 0;
}

/* From child to child. */
static uint32_t leftovers_end_ours(int signo, struct text *names)
{
	_cleanup_free_ int *found = calloc(LEFTOVERS_MAX, sizeof(*found));
	struct leftovers leftovers = {
		.found = found,
		.signo = signo,
		.names = names,
	};
	int us = leftovers_us();
	_cleanup_fd_ int directory = leftovers_open(us);

	if (!found || us == 0)
		return 0;
	leftovers_add(&leftovers, us);
	leftovers_seek(&leftovers, directory);
	for (uint32_t i = 1; i < leftovers.count; i++)
		leftovers_end_one(&leftovers, found[i]);
	return leftovers.count - 1;
}

/* Everybody but ourselves; /proc is for their names only. */
static uint32_t leftovers_see_all(struct text *names)
{
	_cleanup_directory_ DIR *processes = opendir("/proc");
	const struct dirent *entry;
	uint32_t count = 0;
	uint64_t pid;

	/* The stream is ours. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (processes && (entry = readdir(processes)) != NULL) {
		_cleanup_fd_ int directory = -1;

		if (parse_u64_range(entry->d_name, 2, INT32_MAX, &pid) < 0)
			continue;
		count++;
		if (names->is_cut)
			continue;
		directory = leftovers_open((int)pid);
		leftovers_name(names, directory, (int)pid);
	}
	return count;
}

void leftovers_signal(int signo, uint32_t *ret_count, struct text *names)
{
	*ret_count = 0;
	if (getpid() != 1) {
		*ret_count = leftovers_end_ours(signo, names);
		return;
	}
	if (names)
		*ret_count = leftovers_see_all(names);
	(void)kill(-1, signo); /* ESRCH: nobody is there */
	if (signo != SIGKILL)
		(void)kill(-1, SIGCONT);
}
