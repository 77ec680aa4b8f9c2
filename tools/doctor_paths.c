/*
 * doctor_paths.c - asks the library itself: a launcher without a group is
 * started on each path and freed again. What the doctor says is therefore what
 * `muster run` would find.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/compat.h"
#include "base/parse.h"
#include "base/text.h"
#include "doctor.h"
#include "facts.h"
#include "muster/muster.h"

/* The clauses after the first say why what is better does not serve. */
static void doctor_tell_choice(const struct page *page, const char *text)
{
	char clause[512];

	for (bool is_first = true; *text; is_first = false) {
		const char *end = strstr(text, "; ");
		size_t length = end ? (size_t)(end - text) : strlen(text);
		struct text copy;

		text_init(&copy, clause, sizeof(clause));
		text_add_bytes(&copy, text, length);
		page_row(page, is_first ? "serves" : "but", clause, "");
		text += length + (end ? strlen("; ") : 0);
	}
}

static void doctor_tell_refusal(const struct page *page, const char *name,
				int error, const char *why)
{
	page_note(page, name, compat_error_name(error), "%s%s%s", why,
		  why[0] ? ": " : "", strerror(error));
}

/* As an owner, which `muster run` is: the engine `signal` is refused to others.
 */
static int doctor_start(enum muster_engine engine, enum muster_spawn spawn,
			struct muster **ret_muster)
{
	struct muster_options options = MUSTER_OPTIONS_INIT;
	int r;

	options.engine = engine;
	options.spawn = spawn;
	options.is_owner = true;
	r = muster_new(&options, ret_muster);
	return r == 0 ? muster_start(*ret_muster) : r;
}

static void doctor_choose(const struct page *page)
{
	struct muster_event event = MUSTER_EVENT_INIT;
	struct muster *muster = NULL;
	int r = doctor_start(MUSTER_ENGINE_AUTO, MUSTER_SPAWN_AUTO, &muster);

	if (r < 0)
		doctor_tell_refusal(page, "nothing serves", -r,
				    muster_error(muster));
	while (r == 0 && muster_next_event(muster, &event) > 0)
		if (event.kind == MUSTER_EVENT_ENGINE)
			doctor_tell_choice(page, event.text);
	(void)muster_free(muster);
}

static void doctor_force(const struct page *page, enum muster_engine engine,
			 enum muster_spawn spawn)
{
	struct muster *muster = NULL;
	int r = doctor_start(engine, spawn, &muster);
	char name[64];
	struct text text;

	text_init(&text, name, sizeof(name));
	text_format(&text, "engine %s, spawn %s", muster_engine_name(engine),
		    muster_spawn_name(spawn));
	if (r < 0)
		doctor_tell_refusal(page, name, -r, muster_error(muster));
	else
		page_row(page, name, "works", "");
	(void)muster_free(muster);
}

void doctor_paths(struct page *page)
{
	page_section(page, "Paths");
	doctor_choose(page);
	page_section(page, "Each path, asked for");
	for (int engine = MUSTER_ENGINE_RING; engine < MUSTER_ENGINES; engine++)
		for (int spawn = MUSTER_SPAWN_FAST; spawn < MUSTER_SPAWNS;
		     spawn++)
			doctor_force(page, (enum muster_engine)engine,
				     (enum muster_spawn)spawn);
}

/* A file or field whose value is a small number, with a meaning for each. */
static void doctor_explain(const struct page *page, const char *name,
			   const char *value, const char *const *meanings,
			   unsigned int count)
{
	uint64_t index;
	const char *meaning = "";

	if (parse_u64_range(value, 0, count - 1, &index) == 0)
		meaning = meanings[index];
	page_row(page, name, value, meaning);
}

static void doctor_tell_sysctl(const struct page *page)
{
	static const char *const meanings[] = {
		"io_uring is not forbidden",
		"only with CAP_SYS_ADMIN or in kernel.io_uring_group",
		"io_uring is forbidden to all",
	};
	char value[32];

	if (facts_line("/proc/sys/kernel/io_uring_disabled", value,
		       sizeof(value)))
		doctor_explain(page, "kernel.io_uring_disabled", value,
			       meanings, 3);
	else
		page_row(page, "kernel.io_uring_disabled", "unknown",
			 "not there: Linux before 6.6, or without io_uring");
}

static void doctor_tell_status(const struct page *page)
{
	static const char *const modes[] = {
		"no filter",
		"strict",
		"a filter: what it refuses shows above",
	};
	static const char *const gains[] = {
		"",
		"programs gain no privileges by being executed",
	};
	char value[32];

	if (facts_status("Seccomp:", value, sizeof(value)))
		doctor_explain(page, "Seccomp", value, modes, 3);
	else
		page_row(page, "Seccomp", "unknown", "");
	if (facts_status("Seccomp_filters:", value, sizeof(value)))
		page_row(page, "Seccomp_filters", value, "");
	if (facts_status("NoNewPrivs:", value, sizeof(value)))
		doctor_explain(page, "NoNewPrivs", value, gains, 2);
	else
		page_row(page, "NoNewPrivs", "unknown", "");
}

static void doctor_tell_memlock(const struct page *page)
{
	struct rlimit limit;
	char value[64];
	struct text text;

	text_init(&text, value, sizeof(value));
	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		text_add(&text, "unknown");
	else if (limit.rlim_cur == RLIM_INFINITY)
		text_add(&text, "unlimited");
	else
		text_format(&text, "%llu bytes",
			    (unsigned long long)limit.rlim_cur);
	page_row(page, "RLIMIT_MEMLOCK", value,
		 "counts for io_uring before Linux 5.12");
}

void doctor_reasons(struct page *page)
{
	struct utsname system;

	page_section(page, "What may forbid a path");
	if (uname(&system) == 0)
		page_note(page, "kernel", system.release,
			  "%s; engine ring needs Linux 6.15", system.sysname);
	doctor_tell_sysctl(page);
	doctor_tell_status(page);
	doctor_tell_memlock(page);
}
