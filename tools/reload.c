/*
 * reload.c - the life of a configuration file. Whatever is wrong in it is found
 * before anything is changed: the file as a whole is checked, then what runs is
 * made like it.
 */
#include <errno.h>
#include <string.h>

#include "base/nsec.h"
#include "base/parse.h"
#include "clock.h"
#include "reload.h"

static const char *reload_value(const struct assignments *assignments,
				enum setting_index index)
{
	const char *value = settings[index].fallback;

	for (size_t i = 0; i < assignments->default_count; i++)
		if (assignments->defaults[i].index == index)
			value = assignments->defaults[i].value;
	for (size_t i = 0; i < assignments->own_count; i++)
		if (assignments->own[i].index == index)
			value = assignments->own[i].value;
	return value;
}

/* [DEFAULT], and the command line's word behind it. */
static struct assignments reload_launcher(const struct options *options,
					  const struct config *config)
{
	struct assignments assignments = config_assignments(config, NULL);

	assignments.own = options->given;
	assignments.own_count = options->given_count;
	return assignments;
}

static void reload_note(struct reload *reload, const struct config *config)
{
	const struct assignments all = reload_launcher(reload->options, config);

	for (int i = 0; i < SETTINGS; i++)
		reload->launcher[i] = digest_string(
			reload_value(&all, (enum setting_index)i));
}

/* The library opens what it needs once. */
static void reload_tell_fixed(const struct reload *reload,
			      const struct config *config)
{
	const struct assignments all = reload_launcher(reload->options, config);
	char buffer[256];
	struct text names;

	text_init(&names, buffer, sizeof(buffer));
	for (int i = 0; i < SETTINGS; i++) {
		enum setting_index index = (enum setting_index)i;
		struct digest now = digest_string(reload_value(&all, index));

		if (settings[i].scope != SETTING_SCOPE_launcher ||
		    index == SETTING_log_level ||
		    digest_equal(now, reload->launcher[i]))
			continue;
		text_add(&names, names.length > 0 ? ", " : "");
		text_add(&names, settings[i].key);
	}
	if (names.length > 0)
		log_format(reload->log, LOG_WARNING,
			   "Only a new start of muster changes %s", buffer);
}

static int reload_keep_passed(struct inherited *inherited,
			      const struct config *config)
{
	uint64_t fd;
	int r = 0;

	for (uint32_t i = 0; i < config->assignment_count && r == 0; i++)
		if (config->assignments[i].index == SETTING_pass_fd &&
		    parse_u64(config->assignments[i].value, &fd) == 0)
			r = inherit_keep(inherited, (int)fd);
	return r;
}

/* With several services a socket's name says whose it is. */
static int reload_check_sockets(const struct inherited *inherited,
				const struct config *config, struct text *error)
{
	for (uint32_t i = 0;
	     config->section_count > 1 && i < inherited->listener_count; i++) {
		const char *name = inherited->listeners[i].name;

		if (name && config_find(config, name))
			continue;
		text_format(error,
			    "LISTEN_FDNAMES: no service is called \"%.64s\", "
			    "so nobody would have this socket",
			    name ? name : "");
		return -EINVAL;
	}
	return 0;
}

static int reload_inherit(struct inherited *inherited,
			  const struct config *config, struct text *error)
{
	int r = reload_check_sockets(inherited, config, error);

	if (r == 0)
		r = reload_keep_passed(inherited, config);
	if (r == 0)
		r = inherit_close_others(inherited, error);
	return r;
}

static struct assignments reload_given(const struct reload *reload)
{
	return (struct assignments){
		.own = reload->options->given,
		.own_count = reload->options->given_count,
	};
}

/* What is wrong with the file is told in the format that it asks for itself, as
 * far as that can be read. All else waits until it is read again. */
static void reload_choose_format(const struct reload *reload)
{
	const struct assignments given = reload_given(reload);
	struct launcher_options launcher = reload->line;
	struct complaints unheard = {
		.file = reload->line.config,
		.count = COMPLAINTS_MAX,
	};
	struct config config = {0};

	(void)config_read(&config, &unheard);
	(void)config_set_launcher(&config, &given, &launcher, &unheard);
	reload->log->is_json = launcher.logs_json;
	config_fini(&config);
}

static int reload_read(const struct reload *reload, struct config *config,
		       struct launcher_options *launcher)
{
	const struct assignments given = reload_given(reload);
	struct complaints complaints = {
		.log = reload->log,
		.file = reload->line.config,
	};
	int r = config_check(config, &reload->inherited, &complaints);

	if (r == 0)
		r = config_set_launcher(config, &given, launcher, &complaints);
	return r;
}

int reload_prepare(struct reload *reload, struct options *options,
		   struct config *config)
{
	char buffer[256];
	struct text error;
	int r;

	text_init(&error, buffer, sizeof(buffer));
	reload->options = options;
	reload->line = options->launcher;
	if (!options->launcher.is_check)
		reload_choose_format(reload);
	r = inherit_read(&reload->inherited, &error);
	if (r == 0) {
		r = reload_read(reload, config, &options->launcher);
		if (r < 0 || options->launcher.is_check)
			return r; /* everything was said */
		reload_note(reload, config);
		r = reload_inherit(&reload->inherited, config, &error);
	}
	if (r < 0)
		log_format(reload->log, LOG_ERROR, "%s",
			   error.length > 0 ? buffer : strerror(-r));
	return r;
}

static int reload_apply(struct reload *reload, const struct config *config,
			bool is_start, struct roster_result *result)
{
	const struct roster_request request = {
		.muster = reload->muster,
		.config = config,
		.inherited = &reload->inherited,
		.file = reload->line.config,
		.log = reload->log,
		.is_start = is_start,
	};

	return roster_apply(&reload->roster, &request, result);
}

int reload_start(struct reload *reload, const struct config *config)
{
	struct roster_result result;

	return reload_apply(reload, config, true, &result);
}

static void reload_tell(const struct reload *reload,
			const struct roster_result *result, uint64_t begun_ns)
{
	char line[512];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_format(&text,
		    "Reloaded %s: %u changed, %u new, %u removed, %u unchanged",
		    reload->line.config, result->changed, result->added,
		    result->removed, result->unchanged);
	if (result->failed > 0)
		text_format(&text, ", %u failed", result->failed);
	text_add(&text, " [decided in ");
	text_add_duration(&text, nsec_since(clock_now_ns(), begun_ns));
	text_add(&text, "]");
	log_line(reload->log, result->failed > 0 ? LOG_WARNING : LOG_NOTICE,
		 text.data, text.length);
}

int reload_again(struct reload *reload)
{
	struct launcher_options launcher = reload->line;
	uint64_t begun_ns = clock_now_ns();
	struct config config = {0};
	struct roster_result result = {0};
	int r = reload_read(reload, &config, &launcher);

	if (r < 0) {
		log_format(reload->log, LOG_ERROR,
			   "%s: configuration unchanged", reload->line.config);
	} else {
		reload->log->level = launcher.log_level;
		reload_tell_fixed(reload, &config);
		r = reload_apply(reload, &config, false, &result);
		if (r == 0)
			reload_tell(reload, &result, begun_ns);
	}
	config_fini(&config);
	return r == 0 && result.failed > 0 ? -EINVAL : r;
}

void reload_scale(struct reload *reload, bool is_more)
{
	struct roster_entry *entry = reload->roster.entries;
	uint32_t workers;
	int r;

	if (reload->roster.count != 1) {
		log_format(reload->log, LOG_WARNING,
			   "%s cannot say which of %u services it means",
			   is_more ? "SIGTTIN" : "SIGTTOU",
			   reload->roster.count);
		return;
	}
	if (entry->workers == (is_more ? MUSTER_WORKERS_MAX : 0))
		return;
	workers = is_more ? entry->workers + 1 : entry->workers - 1;
	r = muster_set_workers(reload->muster, entry->group, workers);
	if (r == 0)
		entry->workers = workers;
	else
		log_format(reload->log, LOG_ERROR, "service \"%s\": %s",
			   entry->name, strerror(-r));
}

void reload_doubt(struct reload *reload, int group)
{
	roster_doubt(&reload->roster, group);
}

uint64_t reload_stop_timeout_ns(const struct reload *reload)
{
	return roster_stop_timeout_ns(&reload->roster);
}

void reload_declare(const struct reload *reload, struct control *control)
{
	control_review(control);
	for (uint32_t i = 0; i < reload->roster.count; i++) {
		const struct roster_entry *entry = &reload->roster.entries[i];

		control_declare(control, entry->group, entry->name,
				entry->workers);
	}
}

void reload_fini(struct reload *reload)
{
	roster_fini(&reload->roster);
	inherit_fini(&reload->inherited);
}
