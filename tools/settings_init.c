/*
 * settings_init.c - the options that only `muster init` has. One small setter
 * each. Checks form, opens and starts nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "settings.h"
#include "signals.h"

int option_set_signal_group(struct launcher_options *options, const char *value,
			    struct text *error)
{
	return setting_parse_bool(value, &options->muster.forwards_to_groups,
				  error);
}

int option_set_session(struct service_options *options, const char *value,
		       struct text *error)
{
	return setting_parse_bool(value, &options->group.leads_session, error);
}

int option_set_run_scripts(struct service_options *options, const char *value,
			   struct text *error)
{
	return setting_parse_bool(value, &options->group.runs_scripts, error);
}

static int setting_refuse_rewrite(struct text *error)
{
	return setting_refuse(error, "SIG:SIG such as TERM:QUIT, the first one "
				     "of those that are forwarded, or SIG:0");
}

/* The last word on a signal holds. */
static struct muster_rewrite *init_rewrite(struct init_options *init, int from)
{
	uint32_t i = 0;

	while (i < init->rewrite_count && init->rewrites[i].from != from)
		i++;
	if (i == init->rewrite_count)
		init->rewrite_count++;
	return &init->rewrites[i];
}

int option_set_rewrite(struct launcher_options *options, const char *value,
		       struct text *error)
{
	_cleanup_free_ char *from = strdup(value);
	char *to = from ? strchr(from, ':') : NULL;
	int from_signo;
	int to_signo = 0;

	if (!from)
		return -ENOMEM;
	if (!to)
		return setting_refuse_rewrite(error);
	*to++ = '\0';
	if (parse_signal(from, &from_signo) < 0 ||
	    !signals_have(signals_forwarded(), from_signo) ||
	    (strcmp(to, "0") != 0 && parse_signal(to, &to_signo) < 0))
		return setting_refuse_rewrite(error);
	*init_rewrite(&options->init, from_signo) =
		(struct muster_rewrite){.from = from_signo, .to = to_signo};
	return 0;
}

int option_set_stop_on(struct launcher_options *options, const char *value,
		       struct text *error)
{
	uint64_t signals = 0;

	if (strcmp(value, "none") != 0 &&
	    (signals_parse(value, &signals) < 0 ||
	     (signals & ~signals_forwarded()) != 0))
		return setting_refuse(error, "signals such as TERM,INT, of "
					     "those that are forwarded, or "
					     "none");
	options->init.stop_signals = signals;
	options->init.has_stop_signals = true;
	return 0;
}

int option_set_drain(struct launcher_options *options, const char *value,
		     struct text *error)
{
	return setting_parse_duration(value, &options->muster.drain_ns, error);
}

static int setting_parse_status(const char *value, uint16_t *ret_status)
{
	uint64_t status;

	if (parse_u64_range(value, 0, 255, &status) < 0)
		return -EINVAL;
	*ret_status = (uint16_t)status;
	return 0;
}

int option_set_remap(struct launcher_options *options, const char *value,
		     struct text *error)
{
	_cleanup_free_ char *from = strdup(value);
	char *to = from ? strchr(from, ':') : NULL;
	uint16_t from_status;
	uint16_t to_status;

	if (!from)
		return -ENOMEM;
	if (to)
		*to++ = '\0';
	if (!to || setting_parse_status(from, &from_status) < 0 ||
	    setting_parse_status(to, &to_status) < 0)
		return setting_refuse(error, "N:M, two numbers from 0 to 255");
	options->init.remap[from_status] = (uint16_t)(to_status + 1);
	return 0;
}

int option_set_ok_signals(struct launcher_options *options, const char *value,
			  struct text *error)
{
	if (signals_parse(value, &options->init.ok_signals) < 0)
		return setting_refuse(error, "signals such as TERM,INT");
	return 0;
}

int option_set_launch_status(struct launcher_options *options,
			     const char *value, struct text *error)
{
	uint16_t status;

	if (setting_parse_status(value, &status) < 0)
		return setting_refuse(error, "a number from 0 to 255");
	options->init.launch_status = (uint16_t)(status + 1);
	return 0;
}

/* It is written at the end, when we are somewhere else. */
int option_set_termination_log(struct launcher_options *options,
			       const char *value, struct text *error)
{
	if (value[0] != '/')
		return setting_refuse(error, "an absolute path");
	options->init.termination_log = value;
	return 0;
}

int option_set_adopt(struct launcher_options *options, const char *value,
		     struct text *error)
{
	static const char *const words[INIT_ADOPTS] = {
		[INIT_ADOPT_AUTO] = "auto",
		[INIT_ADOPT_YES] = "yes",
		[INIT_ADOPT_NO] = "no",
	};
	unsigned int index;

	if (setting_choose(value, words, INIT_ADOPTS, &index) < 0)
		return setting_refuse(error, "auto, yes or no");
	options->init.adopt = (enum init_adopt)index;
	return 0;
}
