/*
 * roster.c - the services of a configuration file that run, made like what the
 * file says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "roster.h"

/* Where a section's service is. */
struct roster_place {
	int group; /* -1: nowhere */
	uint32_t level;
};

/* What is known during one roster_apply. */
struct roster_work {
	struct roster *roster;
	const struct roster_request *request;
	struct roster_result *result;
	uint32_t known; /* entries that were there before, in order */
	struct roster_place *places; /* of each section */
};

static int roster_compare(const void *a, const void *b)
{
	const struct roster_entry *first = a;
	const struct roster_entry *second = b;

	return strcmp(first->name, second->name);
}

static struct roster_entry *roster_find(struct roster_work *work,
					const char *name)
{
	const struct roster_entry key = {.name = (char *)(uintptr_t)name};

	if (work->known == 0)
		return NULL;
	return bsearch(&key, work->roster->entries, work->known, sizeof(key),
		       roster_compare);
}

static int roster_add(struct roster *roster, const struct roster_entry *entry)
{
	uint32_t room = roster->room ? roster->room * 2 : 16;

	if (roster->count == roster->room) {
		struct roster_entry *entries =
			realloc(roster->entries, room * sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		roster->entries = entries;
		roster->room = room;
	}
	roster->entries[roster->count++] = *entry;
	return 0;
}

static int roster_complain(const struct roster_work *work, const char *name,
			   int error)
{
	const char *why = muster_error(work->request->muster);
	bool is_known = why[0] != '\0' && error != -ENOMEM;

	log_format(work->request->log, LOG_ERROR, "service \"%s\": %s", name,
		   is_known ? why : strerror(-error));
	work->result->failed++;
	return error;
}

static void roster_remove_others(struct roster_work *work)
{
	struct roster *roster = work->roster;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < roster->count; i++) {
		struct roster_entry *entry = &roster->entries[i];
		int r = 0;

		if (config_find(work->request->config, entry->name)) {
			roster->entries[kept++] = *entry;
			continue;
		}
		r = muster_remove_group(work->request->muster, entry->group);
		if (r < 0) {
			(void)roster_complain(work, entry->name, r);
			roster->entries[kept++] = *entry;
			continue;
		}
		work->result->removed++;
		free(entry->name);
	}
	roster->count = kept;
	work->known = kept;
}

/* The groups of `after`; those that are not there do not matter any more. */
static int roster_link(const struct roster_work *work,
		       struct service_options *service,
		       struct roster_entry *entry, int **ret_groups)
{
	const struct config *config = work->request->config;
	int *groups = calloc(service->after.count + 1, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	service->group.after = groups;
	entry->level = 0;
	for (uint32_t i = 0; i < service->after.count; i++) {
		const struct config_section *other =
			config_find(config, service->after.items[i]);
		const struct roster_place *place =
			other ? &work->places[other - config->sections] : NULL;

		if (!place || place->group < 0)
			continue;
		groups[service->group.after_count++] = place->group;
		if (entry->level <= place->level)
			entry->level = place->level + 1;
	}
	*ret_groups = groups;
	return 0;
}

static int roster_start(struct roster_work *work,
			struct service_options *service,
			struct roster_entry *entry)
{
	_cleanup_free_ int *after = NULL;
	int r = roster_link(work, service, entry, &after);

	if (r == 0)
		r = muster_add_group(work->request->muster, &service->group);
	if (r < 0)
		return r;
	entry->group = r;
	entry->name = strdup(service->group.name);
	if (entry->name && roster_add(work->roster, entry) == 0) {
		work->result->added++;
		return 0;
	}
	/* What nobody knows of could never be changed. */
	free(entry->name);
	(void)muster_remove_group(work->request->muster, entry->group);
	return -ENOMEM;
}

/* What the file says of an order holds at once, for who waits and for a stop;
 * nobody is rolled for it. */
static int roster_reorder(struct roster_work *work,
			  struct service_options *service,
			  struct roster_entry *entry)
{
	_cleanup_free_ int *after = NULL;
	int r = roster_link(work, service, entry, &after);

	if (r == 0)
		r = muster_set_after(work->request->muster, entry->group, after,
				     service->group.after_count);
	service->group.after = NULL;
	service->group.after_count = 0;
	return r;
}

/* Of a service that is otherwise as it was. The number first: who leaves needs
 * no news of the file, and who comes will have read it. */
static int roster_keep(const struct roster_work *work,
		       const struct roster_entry *wanted,
		       const struct roster_entry *entry, bool is_mutated)
{
	struct muster *muster = work->request->muster;
	int r = 0;

	if (wanted->workers != entry->workers)
		r = muster_set_workers(muster, entry->group, wanted->workers);
	if (r == 0 && is_mutated)
		r = muster_reload(muster, entry->group);
	return r;
}

static int roster_change(struct roster_work *work,
			 const struct service_options *service,
			 const struct roster_entry *wanted,
			 struct roster_entry *entry)
{
	bool is_mutated = service->group.restart_method == MUSTER_METHOD_MUTATE;
	bool is_same = digest_equal(wanted->digest, entry->digest);
	int r;

	if (is_same)
		r = roster_keep(work, wanted, entry, is_mutated);
	else
		r = muster_change_group(work->request->muster, entry->group,
					&service->group);
	if (r < 0)
		return r;
	if (is_same && wanted->workers == entry->workers)
		work->result->unchanged++;
	else
		work->result->changed++;
	entry->digest = wanted->digest;
	entry->workers = wanted->workers;
	entry->stop_timeout_ns = wanted->stop_timeout_ns;
	return 0;
}

static int roster_obey(struct roster_work *work,
		       struct service_options *service,
		       struct roster_place *place)
{
	struct roster_entry wanted = {
		.digest = digest_service(service),
		.workers = service->group.workers,
		.stop_timeout_ns = service_stop_timeout_ns(service),
	};
	struct roster_entry *entry = roster_find(work, service->group.name);
	int r = service_finish(service, (const char *const *)environ);

	if (r == 0 && entry)
		r = roster_reorder(work, service, entry);
	if (entry)
		*place = (struct roster_place){entry->group, entry->level};
	if (r == 0 && entry)
		r = roster_change(work, service, &wanted, entry);
	else if (r == 0)
		r = roster_start(work, service, &wanted);
	if (r < 0)
		return roster_complain(work, service->group.name, r);
	if (!entry)
		*place = (struct roster_place){wanted.group, wanted.level};
	return 0;
}

static int roster_take_section(struct roster_work *work, uint32_t index)
{
	const struct roster_request *request = work->request;
	struct complaints complaints = {
		.log = request->log,
		.file = request->file,
	};
	struct service_options service;
	int r = config_build(request->config, &request->config->sections[index],
			     request->inherited, &service, &complaints);

	if (r < 0)
		work->result->failed++;
	else
		r = roster_obey(work, &service, &work->places[index]);
	service_fini(&service);
	return r;
}

int roster_apply(struct roster *roster, const struct roster_request *request,
		 struct roster_result *result)
{
	const struct config *config = request->config;
	_cleanup_free_ struct roster_place *places =
		calloc(config->section_count, sizeof(*places));
	struct roster_work work = {
		.roster = roster,
		.request = request,
		.result = result,
		.places = places,
	};
	int r = 0;

	*result = (struct roster_result){0};
	if (!places)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->section_count; i++)
		places[i].group = -1;
	roster_remove_others(&work);
	for (uint32_t i = 0; i < config->section_count; i++) {
		r = roster_take_section(&work, config->order[i]);
		if (r < 0 && request->is_start)
			break;
		r = 0;
	}
	if (roster->count > 0)
		qsort(roster->entries, roster->count, sizeof(*roster->entries),
		      roster_compare);
	return r;
}

void roster_doubt(struct roster *roster, int group)
{
	for (uint32_t i = 0; i < roster->count; i++)
		if (roster->entries[i].group == group)
			roster->entries[i].digest = (struct digest){0};
}

uint64_t roster_stop_timeout_ns(const struct roster *roster)
{
	uint64_t longest_ns = 0;
	uint32_t levels = 1;

	for (uint32_t i = 0; i < roster->count; i++) {
		const struct roster_entry *entry = &roster->entries[i];

		longest_ns = nsec_max(longest_ns, entry->stop_timeout_ns);
		if (levels <= entry->level)
			levels = entry->level + 1;
	}
	return nsec_mul(longest_ns, levels);
}

void roster_fini(struct roster *roster)
{
	for (uint32_t i = 0; i < roster->count; i++)
		free(roster->entries[i].name);
	free(roster->entries);
	*roster = (struct roster){0};
}
