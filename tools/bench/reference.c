/*
 * reference.c - is the bare floor a floor? Compares it with a measuring program
 * that was written for nothing else.
 *
 * That one gives its workers no environment, so here the bare floor does not
 * either. Both are pinned to one CPU, with one worker.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "restart.h"
#include "session.h"

#define REFERENCE_LIMIT 1.15
#define REFERENCE_EXIT_STATUS 127

struct reference_round {
	double p10_us;
	double min_us;
};

/* In the child: its own directory, for it looks for its worker there. */
static __attribute__((noreturn)) void
reference_child(const struct bench *bench, int output, pid_t controller)
{
	char samples[16];
	char cpu[16];

	(void)snprintf(samples, sizeof(samples), "%u", bench->samples);
	(void)snprintf(cpu, sizeof(cpu), "%d", bench->cpu);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == controller &&
	    chdir(bench->reference) == 0 && dup2(output, 1) == 1)
		(void)execl("./floor", "./floor", "-s", "c3novf", "-i", samples,
			    "-c", cpu, (char *)NULL);
	perror(bench->reference);
	_exit(REFERENCE_EXIT_STATUS);
}

static int reference_parse(const char *line, struct reference_round *ret_round)
{
	const char *min = strstr(line, "min ");
	const char *p10 = strstr(line, "p10 ");

	if (!min || !p10)
		return -EPROTO;
	ret_round->min_us = strtod(min + strlen("min "), NULL);
	ret_round->p10_us = strtod(p10 + strlen("p10 "), NULL);
	return 0;
}

static int reference_theirs(const struct bench *bench,
			    struct reference_round *ret_round)
{
	char line[1024] = "";
	pid_t controller = getpid();
	ssize_t count = 0;
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		reference_child(bench, fds[1], controller);
	(void)close(fds[1]);
	if (pid > 0) {
		/* It prints one line when all is done. */
		count = read(fds[0], line, sizeof(line) - 1);
		(void)waitpid(pid, NULL, 0);
	}
	(void)close(fds[0]);
	return count > 0 ? reference_parse(line, ret_round) : -EIO;
}

static int reference_ours(const struct bench *bench,
			  struct reference_round *ret_round)
{
	struct session_options options = {
		.launcher = BENCH_BARE,
		.engine = BENCH_RING,
		.workers = 1,
		.is_pinned = true,
		.has_no_environment = true,
	};
	_cleanup_(session_end) struct session session = SESSION_NONE;
	struct stats stats = {0};
	int r = session_start(bench, &options, &session);

	if (r == 0)
		r = restart_samples(bench, &session, &stats);
	if (r < 0)
		return r;
	*ret_round = (struct reference_round){
		.p10_us = stats.p10_us,
		.min_us = stats.min_us,
	};
	return session_stop(&session);
}

static void reference_print(struct bench *bench, const char *name, double *ours,
			    double *theirs)
{
	double ratios[BENCH_ROUNDS_MAX] = {0};
	double ratio;

	for (uint32_t i = 0; i < bench->rounds; i++)
		ratios[i] = ours[i] / theirs[i];
	ratio = stats_median(ratios, bench->rounds);
	printf("%-4s %7.1f %7.1f  %5.2f %s\n", name,
	       stats_median(theirs, bench->rounds),
	       stats_median(ours, bench->rounds), ratio,
	       stats_judge(bench, ratio, REFERENCE_LIMIT));
}

/* The values of all rounds, one row a launcher. */
struct reference_table {
	double p10_us[2][BENCH_ROUNDS_MAX];
	double min_us[2][BENCH_ROUNDS_MAX];
};

static void reference_report(struct bench *bench, struct reference_table *table)
{
	printf("bare floor against the reference floor (-s c3novf), ring, 1 "
	       "worker, pinned, no environment, us\n");
	printf("%-4s %7s %7s  %s\n", "", "theirs", "ours", "<=1.15");
	reference_print(bench, "p10", table->p10_us[0], table->p10_us[1]);
	reference_print(bench, "min", table->min_us[0], table->min_us[1]);
	printf("\n");
}

int reference_run(struct bench *bench)
{
	static int (*const measures[2])(const struct bench *,
					struct reference_round *) = {
		reference_ours,
		reference_theirs,
	};
	struct reference_table table = {0};

	if (!bench->reference) {
		printf("bare floor against the reference floor: skipped, "
		       "../shared/probes is not there\n\n");
		return 0;
	}
	for (uint32_t i = 0; i < 2 * bench->rounds; i++) {
		/* Ours first in one round, theirs in the next. */
		uint32_t round = i / 2;
		uint32_t which = (i + round) % 2;
		struct reference_round result = {0};
		int r = measures[which](bench, &result);

		if (r < 0)
			return r;
		table.p10_us[which][round] = result.p10_us;
		table.min_us[which][round] = result.min_us;
	}
	reference_report(bench, &table);
	return 0;
}
