/*
 * signals.c - sets of signals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/signame.h"
#include "signals.h"

/* Raised by what the program itself does: blocked they kill it all the same,
 * and nobody else means anything by them. */
static const int signals_of_faults[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS,
};

static uint64_t signals_bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

void signals_block(sigset_t *ret_given)
{
	sigset_t set;

	sigfillset(&set); /* without those of the C library */
	for (size_t i = 0; i < ARRAY_LEN(signals_of_faults); i++)
		sigdelset(&set, signals_of_faults[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_given); /* cannot fail */
}

uint64_t signals_forwarded(void)
{
	uint64_t signals = 0;

	for (int signo = 1; signo <= SIGRTMAX; signo++)
		if (signame_is_signal(signo))
			signals |= signals_bit(signo);
	for (size_t i = 0; i < ARRAY_LEN(signals_of_faults); i++)
		signals &= ~signals_bit(signals_of_faults[i]);
	return signals & ~signals_bit(SIGKILL) & ~signals_bit(SIGSTOP) &
	       ~signals_bit(SIGCHLD);
}

bool signals_have(uint64_t signals, int signo)
{
	return (signals & signals_bit(signo)) != 0;
}

int signals_parse(const char *list, uint64_t *ret_signals)
{
	_cleanup_free_ char *words = strdup(list);
	uint64_t signals = 0;
	char *rest = words;
	const char *word;
	int signo;

	if (!words)
		return -ENOMEM;
	while ((word = strsep(&rest, ",")) != NULL) {
		if (parse_signal(word, &signo) < 0)
			return -EINVAL;
		signals |= signals_bit(signo);
	}
	*ret_signals = signals;
	return 0;
}
