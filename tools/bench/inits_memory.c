/*
 * inits_memory.c - what an init takes while its program runs.
 *
 * Two of each run at a time, for a page of a file that only one process maps
 * counts as private to it: what is private then is what each more of them
 * costs. Of that, anonymous is what was written to; the rest are pages of files
 * that the other one has not mapped. Both have gone to sleep.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "inits.h"
#include "proc.h"
#include "session.h"
#include "stats.h"

#define MEMORY_LIMIT_RSS 350.0
#define MEMORY_LIMIT_PRIVATE 100.0
#define MEMORY_LIMIT_SIZE 300.0
#define MEMORY_TWO 2
/* An init has let go of what it needs none of. */
#define MEMORY_SETTLE_NS (20 * NSEC_PER_MSEC)
#define MEMORY_BYTES 1024.0

static int memory_begin(struct inits *inits, enum inits_who who,
			struct inits_life *lives)
{
	const struct inits_command command = inits_command(inits, who);
	int r = 0;

	for (uint32_t i = 0; i < MEMORY_TWO && r == 0; i++) {
		const struct inits_options options = {
			.part = INITS_STAY,
			.is_first = true,
			.keeps_page = i > 0,
		};

		r = inits_life_start(inits, &command, &options, &lives[i]);
		if (r == 0)
			r = inits_life_expect(&lives[i], &inits->page->begun,
					      i + 1);
		if (r == 0)
			r = proc_await_state(lives[i].pid, 'S');
	}
	return r;
}

static int memory_measure(struct inits *inits, enum inits_who who,
			  struct proc_shares *ret_shares)
{
	struct inits_life lives[MEMORY_TWO] = {INITS_LIFE_NONE,
					       INITS_LIFE_NONE};
	int r = memory_begin(inits, who, lives);

	bench_sleep_ns(MEMORY_SETTLE_NS);
	if (r == 0)
		r = proc_shares(lives[0].pid, ret_shares);
	for (int i = 0; i < MEMORY_TWO; i++)
		inits_life_kill(&lives[i]);
	return r;
}

static double memory_size_kib(const struct inits *inits, enum inits_who who)
{
	struct stat status = {0};

	(void)stat(inits->paths[who], &status); /* it was just executed */
	return (double)status.st_size / MEMORY_BYTES;
}

static void memory_print(struct inits *inits, enum inits_who who,
			 const struct proc_shares *shares)
{
	struct bench *bench = inits->bench;
	double size_kib = memory_size_kib(inits, who);
	uint64_t file_kib =
		shares->private_kib > shares->anonymous_kib
			? shares->private_kib - shares->anonymous_kib
			: 0;
	bool is_ours = who == INITS_MUSTER;

	printf("%-12s %5llu %-6s %8llu %-6s %9llu %5llu %7.0f %s\n",
	       inits_names[who], (unsigned long long)shares->rss_kib,
	       is_ours ? stats_judge(bench, (double)shares->rss_kib,
				     MEMORY_LIMIT_RSS)
		       : "",
	       (unsigned long long)shares->private_kib,
	       is_ours ? stats_judge(bench, (double)shares->private_kib,
				     MEMORY_LIMIT_PRIVATE)
		       : "",
	       (unsigned long long)(shares->private_kib - file_kib),
	       (unsigned long long)file_kib, size_kib,
	       is_ours ? stats_judge(bench, size_kib, MEMORY_LIMIT_SIZE) : "");
}

int inits_memory_run(struct inits *inits)
{
	printf("memory of one of two inits whose programs run, and its file, "
	       "KiB\n%-12s %5s %-6s %8s %-6s %9s %5s %7s %s\n",
	       "", "rss", "<=350", "private", "<=100", "anonymous", "file",
	       "size", "<=300");
	for (int i = INITS_MINIMAL; i < INITS; i++) {
		struct proc_shares shares = {0};
		int r = 0;

		if (!inits_is_there(inits, (enum inits_who)i))
			continue;
		r = memory_measure(inits, (enum inits_who)i, &shares);
		if (r < 0)
			return r;
		memory_print(inits, (enum inits_who)i, &shares);
	}
	printf("\n");
	return 0;
}
