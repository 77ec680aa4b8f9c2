/*
 * signame.c - the table of signal names.
 *
 * Pure: looks up, nothing else. The numbers come from the system's headers, as
 * they differ between processors.
 */
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/signame.h"

#define NAMED(name) [SIG##name] = #name

/* clang-format off */
static const char *const signal_names[] = {
	NAMED(HUP),  NAMED(INT),    NAMED(QUIT), NAMED(ILL),   NAMED(TRAP),
	NAMED(ABRT), NAMED(BUS),    NAMED(FPE),  NAMED(KILL),  NAMED(USR1),
	NAMED(SEGV), NAMED(USR2),   NAMED(PIPE), NAMED(ALRM),  NAMED(TERM),
	NAMED(CHLD), NAMED(CONT),   NAMED(STOP), NAMED(TSTP),  NAMED(TTIN),
	NAMED(TTOU), NAMED(URG),    NAMED(XCPU), NAMED(XFSZ),  NAMED(VTALRM),
	NAMED(PROF), NAMED(STKFLT), NAMED(IO),   NAMED(WINCH), NAMED(PWR),
	NAMED(SYS),
};
/* clang-format on */

_Static_assert(ARRAY_LEN(signal_names) == 32, "a signal is missing");

/* Read but never written: other systems' and older names for the same. */
static const struct {
	const char *name;
	int signo;
} signal_aliases[] = {
	{"CLD", SIGCHLD},
	{"IOT", SIGABRT},
	{"POLL", SIGIO},
};

const char *signame_get(int signo)
{
	if (signo < 1 || (size_t)signo >= ARRAY_LEN(signal_names))
		return NULL;
	return signal_names[signo];
}

int signame_find(const char *name)
{
	size_t i;

	for (i = 1; i < ARRAY_LEN(signal_names); i++)
		if (signal_names[i] && strcmp(name, signal_names[i]) == 0)
			return (int)i;
	for (i = 0; i < ARRAY_LEN(signal_aliases); i++)
		if (strcmp(name, signal_aliases[i].name) == 0)
			return signal_aliases[i].signo;
	return 0;
}

bool signame_is_signal(int signo)
{
	return signame_get(signo) ||
	       (signo >= COMPAT_RTMIN && signo <= COMPAT_RTMAX);
}
