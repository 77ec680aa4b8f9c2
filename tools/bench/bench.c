/*
 * bench.c - bench [-r REFERENCE] [-d DIRECTORY] [-p PEERS] [-i INIT] MUSTER
 * FLOOR WORKER [SECTION...]
 *
 * Compares muster with two floors, launchers that do nothing but restart
 * workers: `bare`, and `steps`, whose child does what muster's child must; and
 * measures what no floor does. A limit that is missed is said in the table and
 * is no failure; the status is not 0 when something broke.
 *
 * From the environment: BENCH_ROUNDS, BENCH_SAMPLES, BENCH_IDLE (seconds),
 * BENCH_CPU (to pin to), BENCH_KILL (group or process, where times are taken).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench.h"

const char *const bench_launcher_names[BENCH_LAUNCHERS] = {
	[BENCH_BARE] = "bare",
	[BENCH_STEPS] = "steps",
	[BENCH_MUSTER] = "muster",
};

const char *const bench_engine_names[BENCH_ENGINES] = {
	[BENCH_RING] = "ring",
	[BENCH_EPOLL] = "epoll",
	[BENCH_SIGNAL] = "signal",
};

static const struct {
	const char *name;
	int (*run)(struct bench *bench);
} bench_sections[] = {
	/* clang-format off */
	{"reference", reference_run},
	{"restart", restart_run},
	{"calls", calls_run},
	{"reload", reload_run},
	{"services", services_run},
	{"forks", forks_run},
	{"peers", peers_run},
	{"flood", flood_run},
	{"http", http_run},
	{"idle", idle_run},
	{"inits", inits_run},
	/* clang-format on */
};

static uint32_t bench_number(const char *name, uint32_t usual, uint32_t most)
{
	const char *value = getenv(name);
	unsigned long number = value ? strtoul(value, NULL, 10) : usual;

	if (number == 0)
		return usual;
	return number > most ? most : (uint32_t)number;
}

static bool bench_is_wanted(char *const *sections, const char *name)
{
	if (!*sections)
		return true;
	while (*sections && strcmp(*sections, name) != 0)
		sections++;
	return *sections;
}

static bool bench_is_section(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(bench_sections); i++)
		if (strcmp(bench_sections[i].name, name) == 0)
			return true;
	return false;
}

static void bench_print_machine(const struct bench *bench)
{
	struct utsname names;
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "re");
	double load[1] = {0};

	(void)uname(&names);
	(void)getloadavg(load, 1);
	printf("%s %s %s, %d CPUs", names.sysname, names.release, names.machine,
	       CPU_COUNT(&bench->all_cpus));
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "model name", strlen("model name")) == 0) {
			line[strcspn(line, "\n")] = '\0';
			printf(" (%s)", strchr(line, ':') + 2);
			break;
		}
	if (file)
		(void)fclose(file);
	printf("\n%u rounds of %u restarts, pinned to CPU %d, load before "
	       "%.2f\n\n",
	       bench->rounds, bench->samples, bench->cpu, load[0]);
}

static int bench_init(struct bench *bench)
{
	const char *kill_whom = getenv("BENCH_KILL");

	bench->rounds = bench_number("BENCH_ROUNDS", 21, BENCH_ROUNDS_MAX);
	bench->samples = bench_number("BENCH_SAMPLES", 400, 100000);
	bench->idle_s = bench_number("BENCH_IDLE", 10, 3600);
	bench->cpu = (int)bench_number("BENCH_CPU", 0, CPU_SETSIZE - 1);
	bench->kills_process = kill_whom && strcmp(kill_whom, "process") == 0;
	if (sched_getaffinity(0, sizeof(bench->all_cpus), &bench->all_cpus) < 0)
		return -errno;
	/* Workers of a launcher that is gone come here to be reaped. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	return 0;
}

static int bench_run(struct bench *bench, char *const *sections)
{
	bench_print_machine(bench);
	for (size_t i = 0; i < ARRAY_LEN(bench_sections); i++) {
		int r = 0;

		if (bench_is_wanted(sections, bench_sections[i].name))
			r = bench_sections[i].run(bench);
		(void)fflush(stdout);
		if (r < 0) {
			(void)fprintf(stderr, "bench: %s: %s\n",
				      bench_sections[i].name, strerror(-r));
			return r;
		}
	}
	printf("%u of %u limits missed\n", bench->missed, bench->limits);
	return 0;
}

/* Everything that was started has been ended; what has not yet been reaped
 * is. A child that still runs is one that should not. */
static int bench_reap(void)
{
	siginfo_t info = {0};

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 &&
	       info.si_pid != 0)
		info.si_pid = 0;
	if (errno == ECHILD)
		return 0;
	(void)fprintf(stderr, "bench: a process is left behind\n");
	return -EBUSY;
}

/* They lie beside the worker. */
static void bench_find_programs(struct bench *bench)
{
	const char *slash = strrchr(bench->worker, '/');

	(void)snprintf(bench->programs, sizeof(bench->programs), "%.*s",
		       slash ? (int)(slash - bench->worker) : 1,
		       slash ? bench->worker : ".");
}

static bool bench_parse(struct bench *bench, int argc, char **argv)
{
	int option;

	bench->directory = ".";
	while ((option = getopt(argc, argv, "r:d:p:i:")) != -1)
		if (option == 'r')
			bench->reference = optarg;
		else if (option == 'd')
			bench->directory = optarg;
		else if (option == 'p')
			bench->peers = optarg;
		else if (option == 'i')
			bench->init = optarg;
		else
			return false;
	if (argc - optind < 3)
		return false;
	bench->muster = argv[optind];
	bench->floor = argv[optind + 1];
	bench->worker = argv[optind + 2];
	bench_find_programs(bench);
	for (int i = optind + 3; i < argc; i++)
		if (!bench_is_section(argv[i]))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct bench bench = {0};
	int r;

	if (!bench_parse(&bench, argc, argv)) {
		(void)fprintf(stderr,
			      "usage: bench [-r REFERENCE] [-d "
			      "DIRECTORY] [-p PEERS] [-i INIT] MUSTER FLOOR "
			      "WORKER [SECTION...]\n");
		return 2;
	}
	r = bench_init(&bench);
	if (r < 0)
		(void)fprintf(stderr, "bench: %s\n", strerror(-r));
	else
		r = bench_run(&bench, argv + optind + 3);
	if (bench_reap() < 0)
		r = -EBUSY;
	return r < 0 ? 1 : 0;
}
