/*
 * conform.c - conform [-r NUMBERS] DIRECTORY WORKER INIT [OPTION...]
 *
 * A table of what the init does of what a container's entrypoint should do:
 * number, claim, result, how it was measured. scripts/conform starts it in
 * namespaces of its own, so that nothing outlives it.
 */
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "oci/conform.h"

/* The specification's last row. */
#define CONFORM_LAST 45U

void conform_answer(struct text *result, bool is_so, const char *format, ...)
{
	va_list arguments;

	text_add(result, is_so ? "yes" : "no, ");
	if (is_so)
		return;
	va_start(arguments, format);
	text_vformat(result, format, arguments);
	va_end(arguments);
}

/* Whether the comma-separated list has it; a list that is none has all. */
static bool conform_is_asked(const char *numbers, const char *number)
{
	size_t length = strlen(number);

	if (!numbers)
		return true;
	while (*numbers) {
		size_t next = strcspn(numbers, ",");

		if (next == length && memcmp(numbers, number, length) == 0)
			return true;
		numbers += next + (numbers[next] == ',');
	}
	return false;
}

static void conform_print(const struct row *row, const char *result)
{
	(void)printf("| %-3s | %-51s | %s | %s |\n", row->number, row->claim,
		     result, row->how);
	/* Each takes seconds. */
	(void)fflush(stdout);
}

/* A container's root may be forbidden what root may do elsewhere. */
static bool conform_is_privileged(void)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(geteuid() != 0 ||
		      unshare(CLONE_NEWPID | CLONE_NEWNS) < 0);
	(void)waitpid(pid, &status, 0);
	return status == 0;
}

static void conform_measure(const struct subject *subject,
			    const struct row *row)
{
	char buffer[512];
	struct text result;

	text_init(&result, buffer, sizeof(buffer));
	if (row->needs_root && !subject->is_privileged)
		text_add(&result, "not measured, needs root");
	else
		row->measure(subject, &result);
	conform_print(row, buffer);
}

static const struct row *const conform_tables[] = {
	conform_early_rows, conform_start_rows,	 conform_where_rows,
	conform_exec_rows,  conform_signal_rows, conform_terminal_rows,
	conform_end_rows,
};

static void conform_print_head(void)
{
	const struct row head = {
		.number = "#",
		.claim = "claim",
		.how = "how measured",
	};
	const struct row line = {
		.number = "---",
		.claim = "---",
		.how = "---",
	};

	conform_print(&head, "result");
	conform_print(&line, "---");
}

/* The rows of one number, after so many others. */
static unsigned int conform_measure_all(const struct subject *subject,
					const char *number, unsigned int count)
{
	for (size_t i = 0; i < ARRAY_LEN(conform_tables); i++)
		for (const struct row *row = conform_tables[i]; row->number;
		     row++) {
			if (strcmp(row->number, number) != 0)
				continue;
			if (count++ == 0)
				conform_print_head();
			conform_measure(subject, row);
		}
	return count;
}

/* In the specification's order. */
static int conform_run(const struct subject *subject, const char *numbers)
{
	unsigned int count = 0;

	for (unsigned int i = 1; i <= CONFORM_LAST; i++) {
		char number[8];

		(void)snprintf(number, sizeof(number), "E%u", i);
		if (conform_is_asked(numbers, number))
			count = conform_measure_all(subject, number, count);
	}
	if (count == 0)
		(void)fprintf(stderr, "conform: no row %s\n", numbers);
	return count == 0;
}

int main(int argc, char **argv)
{
	const char *numbers = NULL;
	struct subject subject;
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "-r") == 0) {
		numbers = argv[2];
		first = 3;
	}
	if (argc < first + 3) {
		(void)fprintf(stderr, "usage: conform [-r NUMBER,...] "
				      "DIRECTORY WORKER INIT [OPTION...]\n");
		return 2;
	}
	subject = (struct subject){
		.directory = argv[first],
		.worker = argv[first + 1],
		.init = (const char *const *)&argv[first + 2],
		.is_privileged = conform_is_privileged(),
	};
	(void)signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		perror("conform: prctl");
		return 1;
	}
	return conform_run(&subject, numbers);
}
