/*
 * inits.c - the entrypoint of a container: muster-init beside Debian's tini,
 * dumb-init and catatonit, the program without any, and the least that an init
 * can be.
 *
 * Each round runs all of them one right after the other, in turning order, as
 * the first process of a new pid namespace, which needs root. What a limit
 * compares with is the incumbent that is best at it in the same run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "inits.h"

const char *const inits_names[INITS] = {
	[INITS_DIRECT] = "none",
	[INITS_MINIMAL] = "minimal",
	[INITS_MUSTER] = "muster-init",
	[INITS_TINI] = "tini",
	[INITS_TINI_STATIC] = "tini-static",
	[INITS_DUMB_INIT] = "dumb-init",
	[INITS_CATATONIT] = "catatonit",
};

/* Between the path and the program. dumb-init knows nothing but groups, unless
 * it is told otherwise. */
static const struct {
	const char *usual[3];
	const char *group[3];
} inits_words[INITS] = {
	[INITS_MUSTER] = {{"init", "--"}, {"init", "-g", "--"}},
	[INITS_TINI] = {{"--"}, {"-g", "--"}},
	[INITS_TINI_STATIC] = {{"--"}, {"-g", "--"}},
	[INITS_DUMB_INIT] = {{"--"}, {"--"}},
	[INITS_CATATONIT] = {{"--"}, {"-g", "--"}},
};

bool inits_is_incumbent(enum inits_who who)
{
	return who > INITS_MUSTER;
}

bool inits_is_there(const struct inits *inits, enum inits_who who)
{
	return who == INITS_DIRECT || inits->paths[who][0] != '\0';
}

bool inits_forwards(enum inits_who who)
{
	return who >= INITS_MINIMAL;
}

enum inits_who inits_best(const struct inits *inits, const double *values)
{
	enum inits_who best = INITS_MUSTER;

	for (int i = INITS_MUSTER + 1; i < INITS; i++)
		if (inits_is_there(inits, (enum inits_who)i) &&
		    (best == INITS_MUSTER || values[i] < values[best]))
			best = (enum inits_who)i;
	return best;
}

void inits_command_add(struct inits_command *command, const char *word)
{
	size_t count = 0;

	while (command->words[count])
		count++;
	if (count < INITS_WORDS - 1)
		command->words[count] = word;
}

static struct inits_command inits_compose(const struct inits *inits,
					  enum inits_who who,
					  const char *const *options,
					  size_t count)
{
	struct inits_command command = {{NULL}};

	if (who != INITS_DIRECT)
		inits_command_add(&command, inits->paths[who]);
	for (size_t i = 0; i < count && options[i]; i++)
		inits_command_add(&command, options[i]);
	inits_command_add(&command, inits->program);
	return command;
}

struct inits_command inits_command(const struct inits *inits,
				   enum inits_who who)
{
	return inits_compose(inits, who, inits_words[who].usual,
			     ARRAY_LEN(inits_words[who].usual));
}

struct inits_command inits_command_group(const struct inits *inits,
					 enum inits_who who)
{
	return inits_compose(inits, who, inits_words[who].group,
			     ARRAY_LEN(inits_words[who].group));
}

struct inits_command inits_command_muster(const struct inits *inits,
					  const char *const *options)
{
	return inits_compose(inits, INITS_MUSTER, options, INITS_WORDS);
}

/* Debian's are in /usr/bin; what is not there is said. */
static void inits_find(struct inits *inits)
{
	const struct bench *bench = inits->bench;

	(void)snprintf(inits->program, sizeof(inits->program),
		       "%s/inits_program", bench->programs);
	(void)snprintf(inits->paths[INITS_MINIMAL],
		       sizeof(inits->paths[INITS_MINIMAL]), "%s/inits_minimal",
		       bench->programs);
	(void)snprintf(inits->paths[INITS_MUSTER],
		       sizeof(inits->paths[INITS_MUSTER]), "%s", bench->init);
	for (int i = INITS_MUSTER + 1; i < INITS; i++) {
		char *path = inits->paths[i];

		(void)snprintf(path, sizeof(inits->paths[i]), "/usr/bin/%s",
			       inits_names[i]);
		if (access(path, X_OK) == 0)
			continue;
		printf("inits: %s is not installed, left out\n",
		       inits_names[i]);
		path[0] = '\0';
	}
}

/* Above the number that it has in children. */
static int inits_open_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, BENCH_KEEP);
	int error = errno;

	cleanup_fd(&fd);
	return high < 0 ? -error : high;
}

static int inits_open(struct inits *inits)
{
	void *page;

	inits->null_fd = inits_open_high(open("/dev/null", O_RDWR | O_CLOEXEC));
	inits->page_fd = inits_open_high(memfd_create("inits", MFD_CLOEXEC));
	if (inits->null_fd < 0 || inits->page_fd < 0)
		return inits->null_fd < 0 ? inits->null_fd : inits->page_fd;
	if (ftruncate(inits->page_fd, sizeof(*inits->page)) < 0)
		return -errno;
	page = mmap(NULL, sizeof(*inits->page), PROT_READ | PROT_WRITE,
		    MAP_SHARED, inits->page_fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	inits->page = page;
	return 0;
}

static void inits_close(struct inits *inits)
{
	if (inits->page)
		(void)munmap(inits->page, sizeof(*inits->page));
	cleanup_fd(&inits->page_fd);
	cleanup_fd(&inits->null_fd);
}

/* Root may still not, in a container. */
static bool inits_may_be_first(void)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWPID) < 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int inits_run(struct bench *bench)
{
	static int (*const parts[])(struct inits *) = {
		inits_start_run, inits_signals_run, inits_memory_run,
		inits_idle_run,	 inits_storm_run,
	};
	_cleanup_(inits_close) struct inits inits = {
		.bench = bench,
		.page_fd = -1,
		.null_fd = -1,
	};
	int r;

	if (!bench->init || !inits_may_be_first()) {
		printf("inits: skipped, %s\n\n",
		       bench->init ? "no pid namespace may be made"
				   : "build/muster-init is not there");
		return 0;
	}
	inits_find(&inits);
	r = inits_open(&inits);
	for (size_t i = 0; i < ARRAY_LEN(parts) && r == 0; i++) {
		r = parts[i](&inits);
		(void)fflush(stdout);
	}
	return r;
}
