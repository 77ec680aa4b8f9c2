/*
 * test_plan_resolve.c - the file that is executed is the one that execvp(3)
 * would execute, and where there is none the error is the same.
 */
#include <sys/stat.h>

#include "kernel/children.h"
#include "proc/plan.h"

#define NOBODY 65534
#define NOT_FOUND                                                   \
	100 /* + errno: how a child reports that it did not execute \
	     */

/* Made in a directory of its own, which is the working directory. */
static char directory[] = "/tmp/muster-path-XXXXXX";

/* Elements of a PATH. "x" in run1 and run2, and here, exits with a status of
 * its own; elsewhere it is not what it should be. */
static const char *const elements[] = {
	"run1",	   "run2",	  "plain",  "folder", "nothing",
	"missing", "/etc/passwd", "closed", "",
};

static int make_program(const char *path, int status, mode_t mode)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char text[64];
	int length =
		snprintf(text, sizeof(text), "#!/bin/sh\nexit %d\n", status);

	if (fd < 0 || write(fd, text, (size_t)length) != length)
		return -1;
	return fchmod(fd, mode);
}

static int make_directory(void **state)
{
	static const char *const folders[] = {"run1",	 "run2",    "plain",
					      "folder",	 "nothing", "closed",
					      "folder/x"};

	(void)state;
	if (!mkdtemp(directory) || chmod(directory, 0755) < 0 ||
	    chdir(directory) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (mkdir(folders[i], 0755) < 0)
			return -1;
	if (make_program("run1/x", 11, 0755) < 0 ||
	    make_program("run2/x", 12, 0755) < 0 ||
	    make_program("plain/x", 13, 0644) < 0 ||
	    make_program("closed/x", 14, 0755) < 0 ||
	    make_program("x", 15, 0755) < 0)
		return -1;
	return chmod("closed", 0);
}

static int remove_directory(void **state)
{
	static const char *const files[] = {"run1/x", "run2/x", "plain/x",
					    "closed/x", "x"};
	static const char *const folders[] = {"folder/x", "run1",   "run2",
					      "plain",	  "folder", "nothing",
					      "closed"};

	(void)state;
	(void)chmod("closed", 0755); /* unlink tells */
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (unlink(files[i]) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (rmdir(folders[i]) < 0)
			return -1;
	return chdir("/") < 0 ? -1 : rmdir(directory);
}

static void assert_resolves(const char *name, const char *path,
			    const char *expected)
{
	char variable[256];
	const char *const environment[] = {"XPATH=run2", "PATHX=run2",
					   "PAT=run2",	 variable,
					   "PATH=run2",	 NULL};
	_cleanup_free_ char *resolved = NULL;

	(void)snprintf(variable, sizeof(variable), "PATH=%s", path);
	resolved = plan_resolve(name, NULL, environment);
	assert_non_null(resolved);
	assert_string_equal(resolved, expected);
}

static void the_first_element_that_can_be_executed_is_taken(void **state)
{
	(void)state;
	assert_resolves("x", "run1:run2", "run1/x");
	assert_resolves("x", "run2:run1", "run2/x");
	assert_resolves("x", "missing:nothing:run2", "run2/x");
	assert_resolves("x", "plain:run1", "run1/x");
	assert_resolves("x", "folder:run1", "run1/x");
	assert_resolves("x", "/etc/passwd:run1", "run1/x");
	assert_resolves("sh", "missing:/bin:/usr/bin", "/bin/sh");
}

static void an_empty_element_is_the_working_directory(void **state)
{
	(void)state;
	assert_resolves("x", ":run1", "x");
	assert_resolves("x", "missing::run1", "x");
	assert_resolves("x", "missing:", "x");
	assert_resolves("x", "", "x");
	assert_resolves("y", ":", "y");
}

static void a_name_with_a_slash_is_itself(void **state)
{
	(void)state;
	assert_resolves("./x", "run1", "./x");
	assert_resolves("/x", "run1", "/x");
	assert_resolves("run2/x", "run1", "run2/x");
	assert_resolves("", "run1", "");
}

static void without_path_the_system_directories_are_searched(void **state)
{
	const char *const environment[] = {"XPATH=run1", NULL};
	_cleanup_free_ char *given = plan_resolve("sh", NULL, environment);
	_cleanup_free_ char *none = plan_resolve("sh", NULL, NULL);
	_cleanup_free_ char *missing = plan_resolve("x", NULL, NULL);

	(void)state;
	assert_string_equal(given, "/bin/sh");
	assert_string_equal(none, "/bin/sh");
	assert_string_equal(missing, "/bin/x");
}

/* EACCES says more than ENOENT: there is such a file. */
static void what_is_there_but_not_executable_outweighs_what_is_not(void **state)
{
	(void)state;
	assert_resolves("x", "missing:plain:nothing", "plain/x");
	assert_resolves("x", "missing:folder", "folder/x");
	assert_resolves("x", "plain:folder", "plain/x");
	assert_resolves("x", "missing:nothing", "missing/x");
}

static void assert_resolves_in(const char *start, const char *path,
			       const char *expected)
{
	char variable[256];
	const char *const environment[] = {variable, NULL};
	_cleanup_free_ char *resolved = NULL;

	(void)snprintf(variable, sizeof(variable), "PATH=%s", path);
	resolved = plan_resolve("x", start, environment);
	assert_non_null(resolved);
	assert_string_equal(resolved, expected);
}

/* The child changes to it before it executes. */
static void what_is_relative_is_so_to_the_workers_directory(void **state)
{
	char variable[256];
	const char *const environment[] = {variable, NULL};
	_cleanup_free_ char *slash = plan_resolve("./x", "run1", environment);

	(void)state;
	assert_string_equal(slash, "./x");
	assert_resolves_in("plain", "..", "../x");
	assert_resolves_in("plain", "../run2:../run1", "../run2/x");
	assert_resolves_in("nothing", "run1:../run2", "../run2/x");
	assert_resolves_in("nothing", "../plain:../run2", "../run2/x");
	assert_resolves_in(directory, "nothing:run2", "run2/x");
	assert_resolves_in("run1", "", "x");
	assert_resolves_in("nothing", ":../run1", "../run1/x");
	/* EACCES there says more than ENOENT. */
	assert_resolves_in("nothing", "missing:../plain", "../plain/x");
	assert_resolves_in("plain", "missing:", "x");
}

static void without_the_workers_directory_absolute_names_are_found(void **state)
{
	char path[256];
	char expected[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "run1:%s/run2", directory);
	(void)snprintf(expected, sizeof(expected), "%s/run2/x", directory);
	assert_resolves_in("missing", path, expected);
	assert_resolves_in("run1/x", path, expected); /* a file */
	assert_resolves_in("missing", "run1:run2", "run1/x");
}

/* The end of a child that executes "x", by execvp or by our path. */
static int end_of_x(const char *path, bool by_execvp)
{
	char variable[256];
	char *environment[] = {variable, NULL};
	char name[] = "x";
	char *argv[] = {name, NULL};
	pid_t pid = child_fork();

	if (pid != 0)
		return child_end(pid).si_status;
	(void)snprintf(variable, sizeof(variable), "PATH=%s", path);
	/* Root may do everything; who is not root is nobody already. */
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	if (by_execvp)
		(void)execvpe(name, argv, environment);
	else
		(void)execve(plan_resolve(name, NULL,
					  (const char *const *)environment),
			     argv, environment);
	/* Not there is not there, in whichever element. */
	_exit(NOT_FOUND + (errno == ENOTDIR ? ENOENT : errno));
}

static void assert_as_execvp(const char *path)
{
	int ours;
	int theirs;

	/* execvpe takes PATH from its caller's own environment. */
	assert_int_equal(setenv("PATH", path, 1), 0);
	ours = end_of_x(path, false);
	theirs = end_of_x(path, true);
	if (ours != theirs)
		print_error("PATH=%s: %d, not %d\n", path, ours, theirs);
	assert_int_equal(ours, theirs);
}

/* Whatever a PATH of two elements is made of. */
static void every_path_of_two_ends_as_with_execvp(void **state)
{
	char path[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		for (size_t j = 0; j < ARRAY_LEN(elements); j++) {
			(void)snprintf(path, sizeof(path), "%s:%s", elements[i],
				       elements[j]);
			assert_as_execvp(path);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_first_element_that_can_be_executed_is_taken),
		cmocka_unit_test(an_empty_element_is_the_working_directory),
		cmocka_unit_test(a_name_with_a_slash_is_itself),
		cmocka_unit_test(
			without_path_the_system_directories_are_searched),
		cmocka_unit_test(
			what_is_there_but_not_executable_outweighs_what_is_not),
		cmocka_unit_test(
			what_is_relative_is_so_to_the_workers_directory),
		cmocka_unit_test(
			without_the_workers_directory_absolute_names_are_found),
		cmocka_unit_test(every_path_of_two_ends_as_with_execvp),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
