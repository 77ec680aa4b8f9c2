/*
 * test_config_faults.c - the story of a configuration file that muster refuses:
 * a line for each fault, which says where and what, status 125, and nothing
 * started.
 */
#include <sys/stat.h>

#include "tools/config_refuse.h"

static void a_fault_is_told_with_file_line_and_key(void **state)
{
	REFUSE(*state, GOOD "workers = four\n",
	       "muster.conf:3: key \"workers\" \"four\": expected a number "
	       "from 0 to");
	REFUSE(*state, GOOD "wrokers = 4\n",
	       "muster.conf:3: key \"wrokers\": unknown, did you mean "
	       "\"workers\"?");
	REFUSE(*state, GOOD "quite_another_thing = 4\n",
	       "muster.conf:3: key \"quite_another_thing\": unknown");
	REFUSE(*state, GOOD "stop-signal = TERMINATE\n",
	       "muster.conf:3: key \"stop_signal\" \"TERMINATE\": expected a "
	       "signal");
	REFUSE(*state, GOOD "= 4\n", "muster.conf:3: key \"\": unknown");
}

static void a_key_stands_where_it_means_something(void **state)
{
	REFUSE(*state, "workers = 4\n" GOOD,
	       "muster.conf:1: key \"workers\": no section stands before it");
	REFUSE(*state, GOOD "engine = epoll\n",
	       "muster.conf:3: key \"engine\": belongs into [DEFAULT]");
	REFUSE(*state, GOOD "name = better\n",
	       "muster.conf:3: key \"name\": the section is what names");
	REFUSE(*state, GOOD "check = true\n",
	       "muster.conf:3: key \"check\": belongs on the command line");
	REFUSE(*state, "[DEFAULT]\nconfig = x\n" GOOD,
	       "muster.conf:2: key \"config\": belongs on the command line");
}

/* What is checked is not opened. */
static void an_address_is_looked_at_without_being_opened(void **state)
{
	struct stage *stage = *state;

	REFUSE(stage, GOOD "listen = tcp:*:80 tcp:80\n",
	       "muster.conf:3: key \"listen\" \"tcp:80\": not HOST:PORT");
	REFUSE(stage, GOOD "listen = name=unix:x\n",
	       "muster.conf:3: key \"listen\" \"name=unix:x\": not an");
}

static void two_services_do_not_listen_on_one_address(void **state)
{
	REFUSE(*state,
	       "[DEFAULT]\n"
	       "command = x\n"
	       "[service:a]\n"
	       "listen = unix:/a tcp:*:0\n"
	       "[service:b]\n"
	       "listen = tcp:*:0 tcp:*:0 x=unix:/a\n"
	       "[service:c]\n"
	       "listen = unix:/c unix:/c\n",
	       "muster.conf:5: service \"b\": listens on unix:/a, as service "
	       "\"a\" does",
	       "muster.conf:7: service \"c\": listens on unix:/c, as service "
	       "\"c\" does");
}

static void a_section_is_whole_known_and_there_once(void **state)
{
	REFUSE(*state, GOOD "[service:x\n",
	       "muster.conf:3: section [service:x: "
	       "it has no ]");
	REFUSE(*state, GOOD "[service:x] y\n",
	       "muster.conf:3: section [service:x] y: something follows its ]");
	REFUSE(*state, GOOD "[service:]\n",
	       "muster.conf:3: section [service:]: expected [DEFAULT] or");
	REFUSE(*state, GOOD "[database]\nhost = x\n",
	       "muster.conf:3: section [database]: expected [DEFAULT] or");
	REFUSE(*state, GOOD "[service:a]\ncommand = x\n" GOOD,
	       "muster.conf:5: section [service:good]: twice, first in line 1");
	REFUSE(*state, "[DEFAULT]\n" GOOD "[DEFAULT]\n",
	       "muster.conf:4: section [DEFAULT]: twice, first in line 1");
	REFUSE(*state, "[DEFAULT]\nworkers = 1\n",
	       "muster.conf: no [service:NAME] section");
	REFUSE(*state, "", "muster.conf: no [service:NAME] section");
	REFUSE(*state, "[Service:a]\ncommand = x\n",
	       "muster.conf:1: section [Service:a]: expected [DEFAULT] or");
}

/* A line is told as far as it fits, and its end says what is wrong. */
static void a_name_of_any_length_leaves_room_for_what_is_wrong(void **state)
{
	struct stage *stage = *state;
	char name[2000 + 1];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	refuse(stage, CONFIG(stage, "[service:%s]\n", name),
	       LIST("nnn\": no command"));
	refuse(stage,
	       CONFIG(stage,
		      "[service:%s]\ncommand = x\n"
		      "[service:%s]\ncommand = x\n",
		      name, name),
	       LIST("nnn]: twice, first in line 1"));
}

static void a_key_is_there_once_unless_it_is_a_list(void **state)
{
	REFUSE(*state, GOOD "workers = 1\nworkers = 2\n",
	       "muster.conf:4: key \"workers\": twice, first in line 3");
	REFUSE(*state, GOOD "command = x\n",
	       "muster.conf:3: key \"command\": twice, first in line 2");
	REFUSE(*state,
	       GOOD "stop_timeout = 1\n"
		    "graceful-shutdown-timeout = 2\n",
	       "muster.conf:4: key \"stop_timeout\": twice, first in line 3");
}

static void a_line_is_a_section_a_value_or_goes_on_with_one(void **state)
{
	REFUSE(*state, GOOD "workers\n",
	       "muster.conf:3: neither a section nor \"key = value\"");
	REFUSE(*state, "[service:a]\n  command = x\n",
	       "muster.conf:2: it begins with a blank");
	REFUSE(*state, GOOD "\n  --more\n",
	       "muster.conf:4: it begins with a blank");
	REFUSE(*state, "  [service:a]\ncommand = x\n",
	       "muster.conf:1: it begins with a blank",
	       "muster.conf:2: key \"command\": no section");
	REFUSE(*state, "[service:a]\ncommand = 'x\nworkers = 1\n",
	       "muster.conf:2: key \"command\": a quote or a backslash is left "
	       "open");
}

static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = "[service:a]\ncommand = a\0b\nworkers = 1\n";

	refuse(*state, config_put(*state, text, sizeof(text) - 1),
	       LIST("muster.conf:2: a NUL byte"));
}

/* And not split, wherever: what follows in the file is still numbered right. */
static void a_line_of_a_mebibyte_is_refused(void **state)
{
	size_t length = (size_t)1 << 20;
	char *text = malloc(length + 64);
	int used;

	assert_non_null(text);
	used = sprintf(text, "[service:a]\ncommand = ");
	memset(text + used, 'x', length);
	(void)strcpy(text + used + length, "\nworkers = x\n");
	REFUSE(*state, text,
	       "muster.conf:2: a line of 1048586 bytes, more than",
	       "muster.conf:3: key \"workers\" \"x\"");
	free(text);
}

/* Two faults, so many of them as objects. */
static void refuse_in_format(struct stage *stage, const struct start *start,
			     unsigned int objects)
{
	struct launcher *launcher = launcher_start(stage, start);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "muster.conf:2: ");
	(void)launcher_log(launcher, "muster.conf:5: ");
	assert_int_equal(lines_count(&launcher->log, ""), 2);
	assert_int_equal(lines_count(&launcher->log, "\"message\":"), objects);
	launcher_forget(stage, launcher);
}

static void a_fault_is_told_as_default_and_the_line_have_it(void **state)
{
	struct stage *stage = *state;
	const char *file = config_write(stage, "[DEFAULT]\n"
					       "x = 1\n"
					       "log_format = json\n"
					       "[service:a]\n"
					       "nice = 99\n");

	refuse_in_format(stage, &(struct start){OPTIONS("-c", file)}, 2);
	refuse_in_format(
		stage,
		&(struct start){OPTIONS("--log-format=text", "-c", file)}, 0);
	/* That is told to whoever asks. */
	refuse_in_format(stage, &(struct start){OPTIONS("--check", "-c", file)},
			 0);
	refuse_in_format(stage,
			 &(struct start){OPTIONS("--log-format=json", "--check",
						 "-c", file)},
			 2);
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
	struct stage *stage = *state;

	refuse(stage, stage_path(stage, "nowhere.conf"),
	       LIST("nowhere.conf: cannot be read: No such file"));
	refuse(stage, stage->directory, LIST("cannot be read: Is a directory"));
	refuse(stage, "/dev/zero", LIST("cannot be read: not a regular file"));
	/* A FIFO without a writer would never end. */
	assert_int_equal(mkfifo(stage_path(stage, "fifo"), 0600), 0);
	refuse(stage, stage_path(stage, "fifo"),
	       LIST("cannot be read: not a regular file"));
}

static void a_file_of_variables_that_cannot_be_read_is_refused(void **state)
{
	struct stage *stage = *state;

	refuse(stage,
	       CONFIG(stage, GOOD "env_file = '%s/nowhere'\n",
		      stage->directory),
	       LIST("muster.conf:3: key \"env_file\""));
	refuse(stage,
	       CONFIG(stage, GOOD "env_file = %s\n",
		      stage_file(stage, "env", "A=1\nB\n", 0600)),
	       LIST("env\": line 2: expected NAME=VALUE"));
}

static void a_service_to_start_after_is_there_and_not_itself(void **state)
{
	REFUSE(*state, GOOD "after = better\n",
	       "muster.conf:3: key \"after\": no service \"better\"");
	REFUSE(*state, GOOD "after = godo\n",
	       "muster.conf:3: key \"after\": no service \"godo\", did you "
	       "mean "
	       "\"good\"?");
	REFUSE(*state, GOOD "after = good\n",
	       "muster.conf:1: service \"good\" is to start after \"good\"");
	REFUSE(*state,
	       GOOD "[service:a]\ncommand = x\nafter = good b\n"
		    "[service:b]\ncommand = x\nafter = c\n"
		    "[service:c]\ncommand = x\nafter = b\n",
	       "muster.conf:6: service \"b\" is to start after \"c\" after "
	       "\"b\", "
	       "which is itself");
	/* Said once, however many take it; and who is waited for by all waits
	 * for another of its own. */
	REFUSE(*state,
	       "[DEFAULT]\ncommand = x\nafter = none\n"
	       "[service:a]\n[service:b]\n[service:c]\n",
	       "muster.conf:3: key \"after\": no service \"none\"");
	REFUSE(*state,
	       "[DEFAULT]\ncommand = x\nafter = a\n"
	       "[service:a]\nafter = b\n[service:b]\n",
	       "muster.conf:4: service \"a\" is to start after \"b\" after "
	       "\"a\", which is itself");
}

static void what_cannot_be_together_is_refused(void **state)
{
	REFUSE(*state, GOOD "ready = fd:3\nlisten = tcp:127.0.0.1:0\n",
	       "muster.conf:1: service \"good\": ready fd:3: a listener or");
	REFUSE(*state, GOOD "pass_fd = 3\nlisten = tcp:127.0.0.1:0\n",
	       "muster.conf:1: service \"good\": pass-fd 3: listeners have");
	REFUSE(*state, GOOD "pass_fd = 77\n", "descriptor 77 is not open");
}

/* Known only when it is tried: the address is another's. */
static void a_service_that_cannot_be_started_ends_muster(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage,
		OPTIONS("-c", CONFIG(stage, GOOD "listen = unix:%s/nowhere/s\n",
				     stage->directory)));

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "error: service \"good\": ");
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_fault_is_told_with_file_line_and_key),
		STAGE_TEST(a_key_stands_where_it_means_something),
		STAGE_TEST(an_address_is_looked_at_without_being_opened),
		STAGE_TEST(two_services_do_not_listen_on_one_address),
		STAGE_TEST(a_section_is_whole_known_and_there_once),
		STAGE_TEST(a_name_of_any_length_leaves_room_for_what_is_wrong),
		STAGE_TEST(a_key_is_there_once_unless_it_is_a_list),
		STAGE_TEST(a_line_is_a_section_a_value_or_goes_on_with_one),
		STAGE_TEST(a_nul_byte_is_refused),
		STAGE_TEST(a_line_of_a_mebibyte_is_refused),
		STAGE_TEST(a_fault_is_told_as_default_and_the_line_have_it),
		STAGE_TEST(a_file_that_cannot_be_read_is_refused),
		STAGE_TEST(a_file_of_variables_that_cannot_be_read_is_refused),
		STAGE_TEST(a_service_to_start_after_is_there_and_not_itself),
		STAGE_TEST(what_cannot_be_together_is_refused),
		STAGE_TEST(a_service_that_cannot_be_started_ends_muster),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
