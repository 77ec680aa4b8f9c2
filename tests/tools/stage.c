/*
 * stage.c - what a test has before it begins and does not have any more when it
 * is over: a directory, and no processes.
 */
#include <dirent.h>
#include <libgen.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tools/support.h"

/* A test that hangs ends, by SIGALRM, and so fails. */
#define STAGE_SECONDS 60

void file_read(const char *path, char *ret_text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret_text, size - 1);

	if (n < 0)
		fail_msg("%s: %s", path, strerror(errno));
	ret_text[n] = '\0';
	(void)close(fd);
}

unsigned int children_of(pid_t pid, pid_t *ret_pids)
{
	char path[64];
	unsigned int count = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		       (int)pid, (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (count < CHILDREN_MAX &&
	       fscanf(file, "%d", &ret_pids[count]) == 1)
		count++;
	(void)fclose(file);
	return count;
}

bool process_status_has(pid_t pid, const char *field, const char *text)
{
	bool is_found = false;
	char line[256];
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, field, strlen(field)) == 0 &&
		    strstr(line, text))
			is_found = true;
	if (file)
		(void)fclose(file);
	return is_found;
}

/* No descriptor tells of a state: it is looked at again and again. */
void process_status_wait(pid_t pid, const char *field, const char *text)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (!process_status_has(pid, field, text)) {
		if (now_ms() >= until_ms)
			fail_msg("process %d never had %s %s", (int)pid, field,
				 text);
		(void)poll(NULL, 0, 1);
	}
}

long process_sleeps(pid_t pid)
{
	char text[4096];
	char path[64];
	long sleeps;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file_read(path, text, sizeof(text));
	sleeps = line_number(text, "\nvoluntary_ctxt_switches:");
	assert_true(sleeps >= 0);
	return sleeps;
}

static void stage_print_children(const pid_t *pids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		char path[64];
		char text[256] = "";
		FILE *file;

		(void)snprintf(path, sizeof(path), "/proc/%d/stat",
			       (int)pids[i]);
		file = fopen(path, "re");
		if (file) {
			(void)!fgets(text, sizeof(text), file);
			(void)fclose(file);
		}
		print_error("left behind: %.40s\n", text);
	}
}

void assert_nobody_left(struct stage *stage)
{
	pid_t pids[CHILDREN_MAX];
	unsigned int count = children_of(getpid(), pids);

	(void)stage;
	stage_print_children(pids, count);
	assert_int_equal(count, 0);
}

void assert_all_end_within(struct stage *stage, int limit_ms)
{
	uint64_t until_ms = now_ms() + (uint64_t)limit_ms;
	pid_t pids[CHILDREN_MAX];

	while (children_of(getpid(), pids) > 0) {
		int pidfd = (int)syscall(SYS_pidfd_open, pids[0], 0);
		uint64_t now = now_ms();

		if (pidfd < 0 ||
		    !is_readable_within(
			    pidfd, now < until_ms ? (int)(until_ms - now) : 0))
			assert_nobody_left(stage);
		(void)close(pidfd);
		assert_int_equal(waitpid(pids[0], NULL, 0), pids[0]);
	}
}

const char *stage_text(struct stage *stage, const char *format, ...)
{
	va_list arguments;
	char *text;

	assert_true(stage->text_count < STAGE_TEXTS);
	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	stage->texts[stage->text_count++] = text;
	return text;
}

const char *stage_path(struct stage *stage, const char *name)
{
	return stage_text(stage, "%s/%s", stage->directory, name);
}

const char *stage_file(struct stage *stage, const char *name, const char *text,
		       unsigned int mode)
{
	const char *path = stage_path(stage, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	size_t length = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(close(fd), 0);
	return path;
}

const char *stage_copy(struct stage *stage, const char *program,
		       const char *name)
{
	const char *path = stage_path(stage, name);
	int from = open(program, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t n;

	assert_true(from >= 0);
	assert_true(to >= 0);
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		assert_int_equal(write(to, buffer, (size_t)n), n);
	assert_int_equal(n, 0);
	assert_int_equal(close(from), 0);
	assert_int_equal(close(to), 0);
	return path;
}

static void stage_remove_directory(const struct stage *stage)
{
	DIR *directory = opendir(stage->directory);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		(void)closedir(directory);
	(void)rmdir(stage->directory);
}

static int stage_find_programs(struct stage *stage)
{
	char path[4000];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *directory;

	if (length < 0)
		return -1;
	path[length] = '\0';
	directory = dirname(path);
	(void)snprintf(stage->worker, sizeof(stage->worker), "%s/worker",
		       directory);
	(void)snprintf(stage->program, sizeof(stage->program),
		       "%s/../../muster", directory);
	return access(stage->program, X_OK);
}

int stage_set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	(void)alarm(STAGE_SECONDS);
	if (!stage || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    stage_find_programs(stage) < 0)
		return -1;
	(void)strcpy(stage->directory, "/tmp/muster-test-XXXXXX");
	if (!mkdtemp(stage->directory))
		return -1;
	*state = stage;
	return 0;
}

/* All are this process's own: it started muster, and adopted what muster left.
 */
static int stage_end_processes(void)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];
	unsigned int count;

	while ((count = children_of(getpid(), pids)) > 0) {
		for (unsigned int i = 0; i < count; i++)
			(void)kill(pids[i], SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (now_ms() >= until_ms)
			return -1;
		(void)poll(NULL, 0, 1);
	}
	return 0;
}

int stage_tear_down(void **state)
{
	struct stage *stage = *state;
	int r = stage_end_processes();

	for (unsigned int i = 0; i < stage->launcher_count; i++) {
		struct launcher *launcher = &stage->launchers[i];

		lines_fini(&launcher->log);
		lines_fini(&launcher->said);
		if (launcher->pidfd >= 0)
			(void)close(launcher->pidfd);
	}
	stage_remove_directory(stage);
	for (unsigned int i = 0; i < stage->text_count; i++)
		free(stage->texts[i]);
	free(stage);
	(void)alarm(0);
	return r;
}

/* Set by the one test below, for main: cmocka hands nothing back. */
static bool stage_is_refused;

static void stage_probe(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("--restart", "never"), COMMAND("true"));

	if (launcher_end(launcher) != 0) {
		const char *why = lines_next(&launcher->log, "error: ");

		stage_is_refused = true;
		SKIP("%s", why ? why : "muster does not start");
	}
}

static bool stage_is_path_chosen(void)
{
	const char *engine = getenv("MUSTER_TEST_ENGINE");
	const char *spawn = getenv("MUSTER_TEST_SPAWN");

	return (engine && engine[0]) || (spawn && spawn[0]);
}

int stage_main(const struct CMUnitTest *tests, size_t count)
{
	const struct CMUnitTest probe[] = {STAGE_TEST(stage_probe)};

	/* A terminal gone or a broken pipe must not kill the one who cleans
	 * up. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (stage_is_path_chosen() &&
	    cmocka_run_group_tests(probe, NULL, NULL) != 0)
		return 1;
	if (stage_is_refused)
		return 0;
	return _cmocka_run_group_tests("tools", tests, count, NULL, NULL);
}
