/*
 * test_config_many_faults.c - the story of a configuration file with more than
 * one fault: all are told, as far as somebody would read them, and at once.
 */
#include "tools/config_refuse.h"

static void all_faults_are_told_one_line_each(void **state)
{
	REFUSE(*state,
	       "[DEFAULT]\n"
	       "engine = steam\n"
	       "workers = x\n"
	       "[service:a]\n"
	       "x = 1\n",
	       "muster.conf:5: key \"x\"", "muster.conf:2: key \"engine\"",
	       "muster.conf:3: key \"workers\"");
	REFUSE(*state,
	       "[service:a]\n"
	       "workers = x\n"
	       "command = a\n"
	       "kill = y\n"
	       "[service:b]\n",
	       "muster.conf:2: key \"workers\"", "muster.conf:4: key \"kill\"",
	       "muster.conf:5: service \"b\": no command");
}

static void twins_and_orders_are_told_beside_faulty_values(void **state)
{
	REFUSE(*state,
	       "[service:a]\n"
	       "command = x\n"
	       "nice = 99\n"
	       "wrokers = 1\n"
	       "after = zz\n"
	       "[service:a]\n"
	       "command = x\n",
	       "muster.conf:4: key \"wrokers\"", "muster.conf:3: key \"nice\"",
	       "muster.conf:6: section [service:a]: twice",
	       "muster.conf:5: key \"after\": no service \"zz\"");
	REFUSE(*state,
	       GOOD "nice = 99\n"
		    "after = zz good\n",
	       "muster.conf:3: key \"nice\"",
	       "muster.conf:4: key \"after\": no service \"zz\"",
	       "muster.conf:1: service \"good\" is to start after \"good\"");
}

static void values_of_services_are_told_beside_those_of_default(void **state)
{
	REFUSE(*state,
	       "[DEFAULT]\n"
	       "kill = x\n"
	       "[service:a]\n"
	       "command = a\n"
	       "nice = 99\n"
	       "[service:b]\n"
	       "ready = never\n",
	       "muster.conf:2: key \"kill\"", "muster.conf:5: key \"nice\"",
	       "muster.conf:7: key \"ready\"");
}

static void what_may_be_in_a_line_that_is_lost_is_not_missed(void **state)
{
	static const char *const lines[] = {
		"[service:b\n",	     "[service:b] #\n", "[Service:b]\n",
		"\n  [service:b]\n", "service b\n",
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		refuse(stage,
		       CONFIG(stage, GOOD "nice = 99\nafter = b\n%s", lines[i]),
		       LIST("muster.conf:", "muster.conf:3: key \"nice\""));
}

/* Which of the two is meant nobody knows. */
static void between_twins_no_circle_is_seen(void **state)
{
	REFUSE(*state,
	       GOOD "[service:b]\ncommand = x\nafter = good\n" GOOD
		    "after = b\n",
	       "muster.conf:6: section [service:good]: twice");
}

static void a_file_of_faults_is_told_in_short(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(stage, OPTIONS("-c", stage->worker));

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, ""), 21);
	(void)launcher_log(launcher, "faults more");
}

static void refuse_large(struct stage *stage, const char *text,
			 const char *const *texts)
{
	struct launcher *launcher = START(
		stage, OPTIONS("--check", "-c", config_write(stage, text)));

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, ""), 21);
	for (; *texts; texts++)
		(void)launcher_log(launcher, *texts);
}

/* What is meant is looked for as far as it is told: otherwise this would take
 * minutes, in which a muster that runs would hear nothing. */
static void a_fault_in_each_of_many_services_is_found_at_once(void **state)
{
	const int count = 12000;
	char *text = malloc((size_t)count * 128);
	size_t used = 0;

	assert_non_null(text);
	for (int i = 0; i < count; i++)
		used += (size_t)sprintf(text + used,
					"[service:the-service-number-%05d]\n"
					"command = x\n"
					"after = teh-service-number-%05d\n",
					i, i);
	refuse_large(*state, text,
		     LIST("muster.conf:3: key \"after\": no service "
			  "\"teh-service-number-00000\", did you mean "
			  "\"the-service-number-00000\"?",
			  "muster.conf: and 11980 faults more"));
	free(text);
}

/* Likewise, as there are two of everything here for each line. */
static void a_key_that_is_there_often_is_found_at_once(void **state)
{
	static const char word[] = "a=\n ";
	static const char key[] = "nice=1\n";
	const size_t count = 500000;
	char *text = malloc(64 + count * (sizeof(word) + sizeof(key)));
	char *end;

	assert_non_null(text);
	end = stpcpy(text, "[service:a]\ncommand = x\nenvironment = ");
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, word);
	end = stpcpy(end, "a=\n");
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, key);
	refuse_large(*state, text,
		     LIST("muster.conf:500005: key \"nice\": twice, first in "
			  "line 500004",
			  "muster.conf: and 499979 faults more"));
	free(text);
}

/* Each service would be built on each of them, and wait for each. */
static void too_many_values_for_too_many_services_are_refused(void **state)
{
	static const char *const keys[] = {"environment", "after"};
	const int count = 2001;
	char *text = malloc((size_t)count * 64);

	assert_non_null(text);
	for (size_t key = 0; key < ARRAY_LEN(keys); key++) {
		char *end =
			text + sprintf(text, "\n[DEFAULT]\n%s =", keys[key]);

		for (int i = 1; i < count; i++)
			end += sprintf(end, " A%d=", i);
		*end++ = '\n';
		for (int i = 0; i < count; i++)
			end += sprintf(end, "[service:%d]\ncommand=x\n", i);
		REFUSE(*state, text,
		       "muster.conf:2: section [DEFAULT]: 2000 values for each "
		       "of 2001 services, together more than 4000000");
	}
	free(text);
}

/* Whoever looked for it step by step, through what has its place already, would
 * need minutes. */
static void a_circle_behind_many_links_is_found_at_once(void **state)
{
	const int count = 100000;
	char *text = malloc((size_t)count * 40 + 200000);
	char *end = text;

	assert_non_null(text);
	for (int i = 0; i < count; i++)
		end += sprintf(end, "[service:%d]\ncommand=x\n", i);
	for (int i = 0; i < 3; i++) {
		end += sprintf(end, "[service:c%d]\ncommand=x\nafter=", i);
		for (int other = 0; other < 30000; other++)
			end = stpcpy(end, "0 ");
		end += sprintf(end, "c%d\n", (i + 1) % 3);
	}
	REFUSE(*state, text,
	       "muster.conf:200001: service \"c0\" is to start after \"c1\" "
	       "after \"c2\" after \"c0\", which is itself");
	free(text);
}

/* Without a fault, but the worst order that there is: each behind the next. */
static void a_long_row_of_services_is_put_in_order_at_once(void **state)
{
	const int count = 250000;
	struct stage *stage = *state;
	char *text = malloc((size_t)count * 64);
	struct launcher *launcher;
	size_t used = 0;

	assert_non_null(text);
	for (int i = 1; i < count; i++)
		used += (size_t)sprintf(text + used,
					"[service:%d]\ncommand=x\nafter=%d\n",
					i, i + 1);
	(void)sprintf(text + used, "[service:%d]\ncommand=x\n", count);
	launcher = START(stage,
			 OPTIONS("--check", "-c", config_write(stage, text)));
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "250000 services, no fault");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(all_faults_are_told_one_line_each),
		STAGE_TEST(twins_and_orders_are_told_beside_faulty_values),
		STAGE_TEST(values_of_services_are_told_beside_those_of_default),
		STAGE_TEST(what_may_be_in_a_line_that_is_lost_is_not_missed),
		STAGE_TEST(between_twins_no_circle_is_seen),
		STAGE_TEST(a_file_of_faults_is_told_in_short),
		STAGE_TEST(a_fault_in_each_of_many_services_is_found_at_once),
		STAGE_TEST(a_key_that_is_there_often_is_found_at_once),
		STAGE_TEST(too_many_values_for_too_many_services_are_refused),
		STAGE_TEST(a_circle_behind_many_links_is_found_at_once),
		STAGE_TEST(a_long_row_of_services_is_put_in_order_at_once),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
