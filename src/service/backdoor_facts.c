/*
 * backdoor_facts.c - the threads and descriptors of this process, as /proc has
 * them. Names are others' words: what a terminal would obey is written "?".
 *
 * What ends or is closed while it is looked at is left out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "service/backdoor_facts.h"

static void facts_add_name(struct text *text, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool is_plain = name[i] >= ' ' && name[i] <= '~';

		text_add_bytes(text, is_plain ? name + i : "?", 1);
	}
}

/* "4711 (name) S …": the name may have parentheses and blanks of its own, but
 * nothing behind it has. */
static void facts_add_thread(struct text *text, int directory, const char *tid)
{
	char path[32];
	char stat[256] = "";
	_cleanup_fd_ int fd = -1;
	const char *name;
	const char *end;

	(void)snprintf(path, sizeof(path), "%.10s/stat", tid);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, stat, sizeof(stat) - 1) <= 0)
		return;
	name = strchr(stat, '(');
	end = strrchr(stat, ')');
	if (!name || !end || end < name || strlen(end) < 3)
		return;
	text_add(text, tid);
	text_add(text, " ");
	text_add_bytes(text, end + 2, 1);
	text_add(text, " ");
	facts_add_name(text, name + 1, (size_t)(end - name - 1));
	text_add(text, "\n");
}

static void facts_add_fd(struct text *text, int directory, const char *number)
{
	char target[PATH_MAX];
	ssize_t length;

	if (strtol(number, NULL, 10) == directory)
		return; /* ours, for this question */
	length = readlinkat(directory, number, target, sizeof(target));
	if (length < 0)
		return;
	text_add(text, number);
	text_add(text, " ");
	facts_add_name(text, target, (size_t)length);
	text_add(text, "\n");
}

static void facts_list(struct text *text, const char *path,
		       void (*add)(struct text *, int, const char *))
{
	_cleanup_directory_ DIR *directory = opendir(path);
	const struct dirent *entry;

	if (!directory) {
		text_format(text, "%s: %s\n", path, strerror(errno));
		return;
	}
	while (!text->is_cut && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			add(text, dirfd(directory), entry->d_name);
}

void backdoor_facts_threads(struct text *text)
{
	facts_list(text, "/proc/self/task", facts_add_thread);
}

void backdoor_facts_fds(struct text *text)
{
	facts_list(text, "/proc/self/fd", facts_add_fd);
}
