/*
 * test_personality_options.c - every option and every variable of the inits
 * that muster stands in for (E40).
 */
#include "tools/translate.h"

static void every_option_of_tini_is_taken(void **state)
{
	(void)state;
	becomes("tini -g true", "init --run-scripts --signal-group --log-level "
				"warning -- true");
	becomes("tini -s true", "init --run-scripts --subreaper yes "
				"--log-level warning -- true");
	becomes("tini -v true", "init --run-scripts --log-level info -- true");
	becomes("tini -v -v true",
		"init --run-scripts --log-level debug -- true");
	becomes("tini -vvvv true",
		"init --run-scripts --log-level debug -- true");
	becomes("tini -w true", "init --run-scripts --log-level debug -- true");
	becomes("tini -e 143 true",
		"init --run-scripts --log-level warning --remap 143:0 -- true");
	becomes("tini -p SIGTERM true",
		"init --run-scripts --die-with-parent=stop --log-level warning "
		"-- true");
	/* The one of E40. */
	becomes("tini -g -s -p SIGKILL -e 143 -v -w -- prog",
		"init --run-scripts --signal-group --subreaper yes "
		"--die-with-parent=kill "
		"--log-level debug --remap 143:0 -- prog");
	becomes("tini -wvgspSIGKILL -e143 prog",
		"init --run-scripts --signal-group --subreaper yes "
		"--die-with-parent=kill "
		"--log-level debug --remap 143:0 -- prog");
}

static void tini_takes_each_exit_status_for_success(void **state)
{
	char line[TRANSLATE_LINE] = "tini";
	char words[TRANSLATE_LINE] = "init --run-scripts --log-level warning";
	struct text all[2];

	(void)state;
	all[0] = (struct text){line, sizeof(line), strlen(line), false};
	all[1] = (struct text){words, sizeof(words), strlen(words), false};
	for (int status = 0; status < 256; status++) {
		char one[2][80];

		(void)snprintf(one[0], sizeof(one[0]), "tini -e %d true",
			       status);
		(void)snprintf(one[1], sizeof(one[1]),
			       "init --run-scripts --log-level warning --remap "
			       "%d:0 -- true",
			       status);
		becomes(one[0], one[1]);
		text_format(&all[0], " -e %d", 255 - status);
		text_format(&all[1], " --remap %d:0", status);
	}
	text_add(&all[0], " -e 7 true");
	text_add(&all[1], " -- true");
	becomes(line, words);
}

static void tini_refuses_an_exit_status_that_there_is_not(void **state)
{
	static const char *const lines[] = {
		"tini -e 256 true", "tini -e -1 true",	"tini -e x true",
		"tini -e 1x true",  "tini -e '' true",	"tini -e 0x1 true",
		"tini -e 1: true",  "tini -ge1e2 true",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		refused(lines[i], "expected a number from 0 to 255");
	refused("tini -e 300 true", "muster: error: tini: -e \"300\": ");
}

/* All that tini has a name for: how each is asked for, or NULL. */
static void tini_takes_each_signal_of_a_parents_death(void **state)
{
	static const char *const names[] = {
		"HUP",	"INT",	"QUIT", "USR1",	 "USR2",   "PIPE",
		"ALRM", "CONT", "TSTP", "TTIN",	 "TTOU",   "URG",
		"XCPU", "XFSZ", "PROF", "WINCH", "VTALRM",
	};
	static const char *const others[] = {
		"SIGILL",  "SIGTRAP", "SIGABRT", "SIGBUS",  "SIGFPE",
		"SIGSEGV", "SIGSYS",  "SIGCHLD", "SIGSTOP", "SIGNAL",
		"''",	   "0",	      "-9",	 "65",	    "KILLED",
	};
	char line[64];
	char words[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(line, sizeof(line), "tini -p SIG%s true",
			       names[i]);
		(void)snprintf(words, sizeof(words),
			       "init --run-scripts --die-with-parent=stop "
			       "--stop-signal "
			       "SIG%s --log-level warning -- true",
			       names[i]);
		becomes(line, words);
	}
	becomes("tini -p SIGINT -p SIGKILL true",
		"init --run-scripts --die-with-parent=kill --log-level warning "
		"-- true");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		(void)snprintf(line, sizeof(line), "tini -p %s true",
			       others[i]);
		refused(line, "expected SIGKILL or a signal that can be");
	}
}

static void every_variable_of_tini_is_taken(void **state)
{
	static const char *const levels[][2] = {
		{"0", "error"}, {"1", "warning"},
		{"2", "info"},	{"3", "debug"},
		{"4", "debug"}, {"", "error"},
		{"x", "error"}, {"-1", "debug"},
		{"2x", "info"}, {"99999999999999999999", "debug"},
	};
	char environment[64];
	char words[64];

	(void)state;
	becomes_with("tini true", "TINI_SUBREAPER=",
		     "init --run-scripts --subreaper yes --log-level warning "
		     "-- true");
	becomes_with("tini true", "A=b TINI_SUBREAPER=0",
		     "init --run-scripts --subreaper yes --log-level warning "
		     "-- true");
	becomes_with("tini true", "TINI_KILL_PROCESS_GROUP=",
		     "init --run-scripts --signal-group --log-level warning -- "
		     "true");
	becomes_with("tini true",
		     "TINI_SUBREAPERS=1 TINI_SUB=1 XTINI_SUBREAPER=1 "
		     "TINI_SUBREAPER DUMB_INIT_DEBUG=1 CATATONIT_DEBUG=1",
		     "init --run-scripts --log-level warning -- true");
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		(void)snprintf(environment, sizeof(environment),
			       "TINI_VERBOSITY=%s", levels[i][0]);
		(void)snprintf(words, sizeof(words),
			       "init --run-scripts --log-level %s -- true",
			       levels[i][1]);
		becomes_with("tini true", environment, words);
		becomes_with("tini -vv true", environment, words);
	}
	becomes_with("tini -w true", "TINI_VERBOSITY=0",
		     "init --run-scripts --log-level error -- true");
}

#define JOBS_STOP                                                         \
	" --rewrite SIGTSTP:SIGSTOP --rewrite SIGTTIN:SIGSTOP --rewrite " \
	"SIGTTOU:SIGSTOP -- true"
#define DUMB_INIT "init --run-scripts --signal-group --session --log-level "

static void every_option_and_variable_of_dumb_init_is_taken(void **state)
{
	(void)state;
	becomes("dumb-init true",
		DUMB_INIT "error --launch-status 2" JOBS_STOP);
	becomes("dumb-init -c true", DUMB_INIT_SINGLE " -- true");
	becomes("dumb-init --single-child true", DUMB_INIT_SINGLE " -- true");
	becomes("dumb-init -v true",
		DUMB_INIT "debug --launch-status 2" JOBS_STOP);
	becomes("dumb-init --verbose true",
		DUMB_INIT "debug --launch-status 2" JOBS_STOP);
	becomes("dumb-init -cr 15:3 true",
		DUMB_INIT_SINGLE " --rewrite SIGTERM:SIGQUIT -- true");
	becomes("dumb-init -cr1:0 --rewrite 15:3 --rewrite=2:15 true",
		DUMB_INIT_SINGLE " --rewrite SIGHUP:0 --rewrite SIGINT:SIGTERM "
				 "--rewrite SIGTERM:SIGQUIT -- true");
	becomes_with("dumb-init true", "DUMB_INIT_DEBUG=1",
		     DUMB_INIT "debug --launch-status 2" JOBS_STOP);
	becomes_with("dumb-init true", "DUMB_INIT_SETSID=0",
		     DUMB_INIT_SINGLE " -- true");
	becomes_with("dumb-init true",
		     "DUMB_INIT_SETSID=1 DUMB_INIT_DEBUG=0 TINI_SUBREAPER=1",
		     DUMB_INIT "error --launch-status 2" JOBS_STOP);
	becomes_with("dumb-init true", "DUMB_INIT_SETSID= DUMB_INIT_DEBUG=true",
		     DUMB_INIT "error --launch-status 2" JOBS_STOP);
}

/* Its own rewrites of them are for what nobody has rewritten. */
static void a_rewrite_outweighs_what_dumb_init_does_by_itself(void **state)
{
	(void)state;
	becomes("dumb-init -r 20:0 -r 21:21 -r 22:15 true",
		DUMB_INIT "error --launch-status 2 --rewrite SIGTSTP:0 "
			  "--rewrite SIGTTIN:SIGTTIN --rewrite "
			  "SIGTTOU:SIGTERM -- true");
	becomes("dumb-init -c -r 15:1 -r 15:0 -r 15:2 true",
		DUMB_INIT_SINGLE " --rewrite SIGTERM:SIGINT -- true");
}

static bool is_handed_on(int signo)
{
	static const int faults[] = {4, 5, 6, 7, 8, 11, 31};

	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (faults[i] == signo)
			return false;
	return true;
}

/* KILL, CHLD, STOP: dumb-init takes it, and nothing follows. */
static bool is_for_nothing(int signo)
{
	return signo == 9 || signo == 17 || signo == 19;
}

static void check_rewrite(int from, int to)
{
	char line[64];
	char words[128];
	struct text text;

	(void)snprintf(line, sizeof(line), "dumb-init -cr %d:%d true", from,
		       to);
	text_init(&text, words, sizeof(words));
	text_add(&text, DUMB_INIT_SINGLE " --rewrite ");
	text_add_signal(&text, from);
	text_add(&text, ":");
	text_add_signal(&text, to); /* "0": no signal */
	text_add(&text, " -- true");
	if (is_for_nothing(from))
		becomes(line, DUMB_INIT_SINGLE " -- true");
	else if (is_handed_on(from))
		becomes(line, words);
	else
		refused(line, "expected S:R, S a signal from 1 to 31 but");
}

static void dumb_init_rewrites_each_signal_to_each(void **state)
{
	static const char *const lines[] = {
		"dumb-init -r '' true",	    "dumb-init -r herp true",
		"dumb-init -r a:b true",    "dumb-init -r 15 true",
		"dumb-init -r 15: true",    "dumb-init -r :15 true",
		"dumb-init -r 15::12 true", "dumb-init -r 15:derp true",
		"dumb-init -r 15:32 true",  "dumb-init -r 32:15 true",
		"dumb-init -r 0:15 true",   "dumb-init -r 15:-1 true",
		"dumb-init -r TERM:3 true", "dumb-init --rewrite=1:x true",
		"dumb-init -r 15:1:2 true", "dumb-init -r 999999999:1 true",
		"dumb-init -r 15:12x true",
	};

	(void)state;
	for (int from = 1; from < 32; from++)
		for (int to = 0; to < 32; to++)
			check_rewrite(from, to);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		refused(lines[i], "expected S:R, S a signal from 1 to 31");
}

#define CATATONIT "--subreaper yes --log-level "

static void every_option_and_variable_of_catatonit_is_taken(void **state)
{
	(void)state;
	becomes("catatonit true", "init --run-scripts " CATATONIT
				  "error" CATATONIT_JOBS " -- true");
	becomes("catatonit -- true", "init --run-scripts " CATATONIT
				     "error" CATATONIT_JOBS " -- true");
	becomes("catatonit -g true",
		"init --run-scripts --signal-group " CATATONIT
		"error" CATATONIT_JOBS " -- true");
	becomes_with("catatonit true", "CATATONIT_DEBUG=",
		     "init --run-scripts " CATATONIT "debug" CATATONIT_JOBS
		     " -- true");
	becomes_with("catatonit true", "TINI_SUBREAPER=1 DUMB_INIT_DEBUG=1",
		     "init --run-scripts " CATATONIT "error" CATATONIT_JOBS
		     " -- true");
	refused_with("catatonit true", "CATATONIT_LOG=debug", 1,
		     "CATATONIT_LOG: expected it not to be set");
	translate("catatonit -gP --", "");
	assert_int_equal(told.outcome.act, PERSONALITY_PAUSE);
	refused("catatonit -P true", "-P runs no command");
	refused("catatonit -P -- true", "-P runs no command");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_tini_is_taken),
		cmocka_unit_test(tini_takes_each_exit_status_for_success),
		cmocka_unit_test(tini_refuses_an_exit_status_that_there_is_not),
		cmocka_unit_test(tini_takes_each_signal_of_a_parents_death),
		cmocka_unit_test(every_variable_of_tini_is_taken),
		cmocka_unit_test(
			every_option_and_variable_of_dumb_init_is_taken),
		cmocka_unit_test(
			a_rewrite_outweighs_what_dumb_init_does_by_itself),
		cmocka_unit_test(dumb_init_rewrites_each_signal_to_each),
		cmocka_unit_test(
			every_option_and_variable_of_catatonit_is_taken),
	};

	return cmocka_run_group_tests_name("personality_options", tests, NULL,
					   NULL);
}
