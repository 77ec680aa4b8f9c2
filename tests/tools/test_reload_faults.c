/*
 * test_reload_faults.c - the story of a file that is no good when it is read
 * again: a line says where and what, nothing changes, and the next one that is
 * good is obeyed.
 */
#include <sys/stat.h>

#include "tools/config.h"
#include "tools/workers.h"

#define WORKERS 3

/* One of three workers behind a file that was good once. */
struct service {
	struct stage *stage;
	struct launcher *launcher;
	pid_t pids[WORKERS];
};

static const char *good_file(struct stage *stage, const char *more)
{
	return stage_text(stage,
			  "[service:a]\n"
			  "command = '%s' env say=up\n"
			  "workers = 3\n"
			  "%s",
			  stage->worker, more);
}

static struct service service_start(struct stage *stage)
{
	struct service service = {.stage = stage};

	service.launcher =
		START(stage,
		      OPTIONS("-c", config_write(stage, good_file(stage, ""))));
	workers_wait(service.launcher, "up", service.pids, WORKERS);
	return service;
}

/* Refused with this line, and the same processes go on. */
static void service_refuses(struct service *service, const char *text)
{
	pid_t now[WORKERS];

	launcher_signal(service->launcher, SIGHUP);
	(void)launcher_log(service->launcher, text);
	(void)launcher_log(service->launcher,
			   "muster.conf: configuration unchanged");
	workers_wait(service->launcher, "up", now, WORKERS);
	assert_int_equal(workers_same(now, service->pids, WORKERS), WORKERS);
}

static void service_reloads(struct service *service, const char *counts)
{
	const char *line;

	launcher_signal(service->launcher, SIGHUP);
	line = launcher_log(service->launcher, "Reloaded /");
	if (!strstr(line, counts))
		fail_msg("%s", line);
}

/* It never noticed: what is good is what was there all the time. */
static void service_ends(struct service *service)
{
	(void)config_write(service->stage, good_file(service->stage, ""));
	service_reloads(service, "0 changed, 0 new, 0 removed, 1 unchanged");
	launcher_stop(service->stage, service->launcher, 0);
	assert_int_equal(lines_count(&service->launcher->log, "Started child"),
			 WORKERS);
}

static void a_fault_in_the_text_changes_nothing(void **state)
{
	static const struct {
		const char *more, *text;
	} faults[] = {
		{"wrokers = 4\n",
		 "muster.conf:4: key \"wrokers\": unknown, did you mean "
		 "\"workers\"?"},
		{"workers = 4\n", "muster.conf:4: key \"workers\": twice"},
		{"[service:a]\ncommand = sleep 50\n",
		 "muster.conf:4: section [service:a]: twice, first in line 1"},
		{"[servcie:b]\ncommand = sleep 50\n",
		 "muster.conf:4: section [servcie:b]: expected [DEFAULT]"},
		{"ready_timeout = soon\n",
		 "muster.conf:4: key \"ready_timeout\" \"soon\""},
		{"after = b\n", "muster.conf:4: key \"after\": no service"},
		{"ready\n", "muster.conf:4: neither a section nor"},
		{"[service:b]\n", "muster.conf:4: service \"b\": no command"},
		{"env_file = /nowhere/env\n",
		 "muster.conf:4: key \"env_file\""},
		{"env_file = /\n", "muster.conf:4: key \"env_file\""},
	};
	struct service service = service_start(*state);

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		(void)config_write(*state, good_file(*state, faults[i].more));
		service_refuses(&service, faults[i].text);
	}
	service_ends(&service);
}

static void a_nul_byte_changes_nothing(void **state)
{
	static const char nul[] = "environment = A=\0B\n";
	struct service service = service_start(*state);
	const char *good = good_file(*state, "");
	char text[8192];
	size_t length = strlen(good);

	memcpy(text, good, length);
	memcpy(text + length, nul, sizeof(nul) - 1);
	(void)config_put(*state, text, length + sizeof(nul) - 1);
	service_refuses(&service, "muster.conf:4: a NUL byte");
	service_ends(&service);
}

static void a_line_of_a_mebibyte_changes_nothing(void **state)
{
	struct service service = service_start(*state);
	const char *good = good_file(*state, "environment = A=");
	size_t length = strlen(good);
	char *text = malloc(length + (1 << 20) + 1);

	assert_non_null(text);
	memcpy(text, good, length);
	memset(text + length, 'x', 1 << 20);
	text[length + (1 << 20)] = '\n';
	(void)config_put(*state, text, length + (1 << 20) + 1);
	free(text);
	service_refuses(&service, "muster.conf:4: a line of 1048592 bytes");
	service_ends(&service);
}

/* An editor of another system: nothing has changed by that. */
static void carriage_returns_and_a_byte_order_mark_are_no_change(void **state)
{
	struct stage *stage = *state;
	struct service service = service_start(stage);

	(void)CONFIG(stage,
		     "\xef\xbb\xbf[service:a]\r\n"
		     "command = '%s' env say=up\r\n"
		     "\r\n"
		     "workers = 3\r\n",
		     stage->worker);
	service_reloads(&service, "0 changed, 0 new, 0 removed, 1 unchanged");
	service_ends(&service);
}

/* Gone, a directory, a FIFO nobody writes to, nothing at all in it. */
static void a_file_that_is_none_changes_nothing(void **state)
{
	struct stage *stage = *state;
	struct service service = service_start(stage);
	const char *path = stage_path(stage, "muster.conf");

	assert_int_equal(unlink(path), 0);
	service_refuses(&service, "cannot be read: No such file");
	assert_int_equal(mkdir(path, 0700), 0);
	service_refuses(&service, "cannot be read: Is a directory");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	service_refuses(&service, "cannot be read: not a regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(path, path), 0);
	service_refuses(&service, "cannot be read: Too many levels");
	assert_int_equal(unlink(path), 0);
	(void)config_write(stage, "");
	service_refuses(&service, "no [service:NAME] section");
	service_ends(&service);
}

/* What is read beside it is no better; a link that is swapped is followed. */
static void a_file_of_variables_that_is_none_changes_nothing(void **state)
{
	struct stage *stage = *state;
	struct service service = service_start(stage);
	const char *path = stage_path(stage, "env");
	const char *more = stage_text(stage, "env_file = %s\n", path);
	static const char text[] = "muster.conf:4: key \"env_file\"";

	(void)config_write(stage, good_file(stage, more));
	service_refuses(&service, text);
	assert_int_equal(mkfifo(path, 0600), 0);
	service_refuses(&service, text);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(stage_path(stage, "nowhere"), path), 0);
	service_refuses(&service, text);
	assert_int_equal(unlink(path), 0);
	(void)stage_file(stage, "env", "A B\n", 0600);
	service_refuses(&service, text);
	service_ends(&service);
}

static void a_swapped_link_to_variables_is_followed(void **state)
{
	struct stage *stage = *state;
	struct service service = service_start(stage);
	const char *path = stage_path(stage, "env");
	const char *new_path = stage_path(stage, "env.new");
	pid_t pids[WORKERS];

	(void)stage_file(stage, "one", "TEST_WHICH=one\n", 0600);
	(void)stage_file(stage, "two", "TEST_WHICH=two\n", 0600);
	assert_int_equal(symlink("one", path), 0);
	(void)config_write(
		stage,
		good_file(stage, stage_text(stage, "env_file = %s\n", path)));
	service_reloads(&service, "1 changed, 0 new, 0 removed, 0 unchanged");
	workers_wait(service.launcher, "env TEST_WHICH=one", pids, WORKERS);
	assert_int_equal(symlink("two", new_path), 0);
	assert_int_equal(rename(new_path, path), 0);
	service_reloads(&service, "1 changed, 0 new, 0 removed, 0 unchanged");
	workers_wait(service.launcher, "env TEST_WHICH=two", pids, WORKERS);
	launcher_stop(stage, service.launcher, 0);
}

/* In the middle of a roll, too, which goes on to what was good. */
static void a_fault_during_a_roll_does_not_hold_it_up(void **state)
{
	struct stage *stage = *state;
	struct service service = service_start(stage);
	pid_t pids[WORKERS];

	(void)CONFIG(stage,
		     "[service:a]\n"
		     "command = '%s' env say=new after=100 notify=READY=1 "
		     "say=up\n"
		     "workers = 3\n"
		     "ready = notify\n",
		     stage->worker);
	service_reloads(&service, "1 changed, 0 new, 0 removed, 0 unchanged");
	(void)launcher_hear(service.launcher, "new");
	(void)config_write(stage, "nonsense\n");
	launcher_signal(service.launcher, SIGHUP);
	(void)launcher_log(service.launcher, "configuration unchanged");
	service.launcher->log.mark = 0;
	(void)launcher_log(service.launcher, "Reloaded, roll 1");
	workers_wait(service.launcher, "up", pids, WORKERS);
	assert_int_equal(workers_same(pids, service.pids, WORKERS), 0);
	launcher_stop(stage, service.launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_fault_in_the_text_changes_nothing),
		STAGE_TEST(a_nul_byte_changes_nothing),
		STAGE_TEST(a_line_of_a_mebibyte_changes_nothing),
		STAGE_TEST(
			carriage_returns_and_a_byte_order_mark_are_no_change),
		STAGE_TEST(a_file_that_is_none_changes_nothing),
		STAGE_TEST(a_file_of_variables_that_is_none_changes_nothing),
		STAGE_TEST(a_swapped_link_to_variables_is_followed),
		STAGE_TEST(a_fault_during_a_roll_does_not_hold_it_up),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
