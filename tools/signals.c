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

uint64_t signals_forwarded(void)
{
	uint64_t signals = 0;

	for (int signo = 1; signo <= SIGRTMAX; signo++)
		if (signame_is_signal(signo))
			signals |= SIGNALS_BIT(signo);
	return signals & ~SIGNALS_OF_FAULTS & ~SIGNALS_BIT(SIGKILL) &
	       ~SIGNALS_BIT(SIGSTOP) & ~SIGNALS_BIT(SIGCHLD);
}

bool signals_have(uint64_t signals, int signo)
{
	return (signals & SIGNALS_BIT(signo)) != 0;
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
		signals |= SIGNALS_BIT(signo);
	}
	*ret_signals = signals;
	return 0;
}
