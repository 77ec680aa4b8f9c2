/*
 * config_order.c - the services by name, and in the order in which they start:
 * as they are written, but each behind those that it is to start after.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "config_reader.h"

#define CONFIG_NOBODY UINT32_MAX
/* As missing: it is in a circle, or leads to one. */
#define CONFIG_SEEN UINT32_MAX
/* Among how many a name that is meant is looked for: each costs a microsecond
 * for each fault that is told, while muster hears nothing else. */
#define CONFIG_NEAREST_MAX 10000U

/* from waits for to. */
struct config_link {
	uint32_t from;
	uint32_t to;
	uint32_t next; /* link of one that waits for the same */
};

/* Of one section. */
struct config_turn {
	uint32_t first;	  /* of its links; the next one's are behind them */
	uint32_t waiting; /* the first link of those that wait for it */
	uint32_t missing; /* of its links: to who has no place yet */
	uint32_t round;	  /* see config_place_all */
};

struct config_links {
	struct config_link *links;
	struct config_turn *turns; /* one more than there are sections */
	uint32_t count;
	uint32_t room;
};

static void config_links_fini(struct config_links *links)
{
	free(links->links);
	free(links->turns);
}

static int config_compare(const void *a, const void *b, void *argument)
{
	const struct config_section *sections = argument;
	const struct config_section *first = &sections[*(const uint32_t *)a];
	const struct config_section *second = &sections[*(const uint32_t *)b];
	int order = strcmp(first->name, second->name);

	if (order != 0)
		return order;
	return first->line < second->line ? -1 : 1;
}

static int config_sort(struct config *config)
{
	config->by_name =
		calloc(config->section_count, sizeof(*config->by_name));
	config->order = calloc(config->section_count, sizeof(*config->order));
	if (!config->by_name || !config->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->section_count; i++)
		config->by_name[i] = i;
	qsort_r(config->by_name, config->section_count,
		sizeof(*config->by_name), config_compare, config->sections);
	return 0;
}

static const struct config_section *config_named(const struct config *config,
						 uint32_t place)
{
	return &config->sections[config->by_name[place]];
}

static int config_refuse_twins(const struct config *config,
			       struct complaints *complaints)
{
	int r = 0;

	for (uint32_t i = 1; i < config->section_count; i++) {
		const struct config_section *first =
			config_named(config, i - 1);
		const struct config_section *second = config_named(config, i);

		if (strcmp(first->name, second->name) != 0)
			continue;
		complain(complaints, second->line,
			 "section [service:%.64s]: twice, first in line %u",
			 second->name, first->line);
		r = -EINVAL;
	}
	return r;
}

const struct config_section *config_find(const struct config *config,
					 const char *name)
{
	uint32_t low = 0;
	uint32_t high = config->section_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct config_section *section =
			config_named(config, middle);
		int order = strcmp(name, section->name);

		if (order == 0)
			return section;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const char *config_nearest(const struct config *config, const char *name)
{
	_cleanup_free_ const char **names = NULL;
	uint32_t count = config->section_count;

	if (count > CONFIG_NEAREST_MAX)
		count = CONFIG_NEAREST_MAX;
	names = calloc(count, sizeof(*names));
	if (!names)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		names[i] = config->sections[i].name;
	return parse_nearest(name, names, count);
}

static uint32_t config_index(const struct config *config,
			     const struct config_section *section)
{
	return (uint32_t)(section - config->sections);
}

static int config_refuse_link(const struct config *config,
			      const struct assignment *assignment,
			      struct complaints *complaints)
{
	const char *nearest = NULL;

	if (config->has_lost) /* it may be there */
		return 0;
	if (!complaints_are_full(complaints))
		nearest = config_nearest(config, assignment->value);
	complain(complaints, assignment->line,
		 "key \"after\": no service \"%.64s\"%s%.64s%s",
		 assignment->value, nearest ? ", did you mean \"" : "",
		 nearest ? nearest : "", nearest ? "\"?" : "");
	return -EINVAL;
}

static int config_add_link(struct config_links *links, uint32_t from,
			   uint32_t to)
{
	void *grown = links->links;

	if (config_grow(&grown, links->count, &links->room,
			sizeof(*links->links)) < 0)
		return -ENOMEM;
	links->links = grown;
	links->links[links->count] = (struct config_link){
		.from = from,
		.to = to,
		.next = links->turns[to].waiting,
	};
	links->turns[to].waiting = links->count++;
	links->turns[from].missing++;
	return 0;
}

static int config_link(const struct config *config, uint32_t from,
		       const struct assignment *assignment,
		       struct config_links *links,
		       struct complaints *complaints)
{
	const struct config_section *other;

	if (assignment->index != SETTING_after)
		return 0;
	other = config_find(config, assignment->value);
	if (!other)
		return config_refuse_link(config, assignment, complaints);
	return config_add_link(links, from, config_index(config, other));
}

/* Those that are not there have been refused. */
static int config_link_defaults(const struct config *config, uint32_t from,
				struct config_links *links)
{
	struct assignments all = config_assignments(config, NULL);
	int r = 0;

	for (size_t i = 0; i < all.default_count && r == 0; i++)
		if (all.defaults[i].index == SETTING_after &&
		    config_find(config, all.defaults[i].value))
			r = config_link(config, from, &all.defaults[i], links,
					NULL);
	return r;
}

static int config_link_section(const struct config *config, uint32_t from,
			       struct config_links *links,
			       struct complaints *complaints)
{
	const struct config_section *section = &config->sections[from];
	struct assignments all = config_assignments(config, section);
	int r = 0;

	if (!config_is_awaited(config, section->name))
		r = config_link_defaults(config, from, links);
	for (size_t i = 0; i < all.own_count; i++) {
		int q = config_link(config, from, &all.own[i], links,
				    complaints);

		r = q < 0 ? q : r;
	}
	return r;
}

/* Once, and not for each service. */
static int config_refuse_defaults(const struct config *config,
				  struct complaints *complaints)
{
	struct assignments all = config_assignments(config, NULL);
	int r = 0;

	for (size_t i = 0; i < all.default_count; i++) {
		int q = 0;

		if (all.defaults[i].index == SETTING_after &&
		    !config_find(config, all.defaults[i].value))
			q = config_refuse_link(config, &all.defaults[i],
					       complaints);
		r = q < 0 ? q : r;
	}
	return r;
}

static int config_link_all(const struct config *config,
			   struct config_links *links,
			   struct complaints *complaints)
{
	uint32_t count = config->section_count;
	int r = config_refuse_defaults(config, complaints);

	links->turns = calloc((size_t)count + 1, sizeof(*links->turns));
	if (!links->turns)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		links->turns[i].waiting = CONFIG_NOBODY;
	for (uint32_t i = 0; i < count; i++) {
		int q = config_link_section(config, i, links, complaints);

		links->turns[i + 1].first = links->count;
		r = q < 0 ? q : r;
	}
	return r;
}

/* The first that section waits for and that has no place. */
static uint32_t config_missing(const struct config_links *links,
			       uint32_t section)
{
	const struct config_turn *turn = &links->turns[section];

	for (uint32_t i = turn->first; i < turn[1].first; i++)
		if (links->turns[links->links[i].to].missing > 0)
			return links->links[i].to;
	return CONFIG_NOBODY;
}

/* One of those that are left is in a circle: whoever goes from one to the one
 * that it waits for comes to where it was already. */
static uint32_t config_find_circle(const struct config_links *links)
{
	uint32_t section = 0;

	while (links->turns[section].missing == 0)
		section++;
	while (links->turns[section].missing != CONFIG_SEEN) {
		links->turns[section].missing = CONFIG_SEEN;
		section = config_missing(links, section);
	}
	return section;
}

static void config_refuse_circle(const struct config *config,
				 const struct config_links *links,
				 struct complaints *complaints)
{
	char buffer[512];
	uint32_t start = config_find_circle(links);
	uint32_t section = start;
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	do {
		section = config_missing(links, section);
		text_format(&text, " after \"%.64s\"",
			    config->sections[section].name);
	} while (section != start && !text.is_cut);
	complain(complaints, config->sections[start].line,
		 "service \"%.64s\" is to start%s, which is itself",
		 config->sections[start].name, buffer);
}

/* Those that wait for nobody else get the next places. */
static void config_release(struct config *config, struct config_links *links,
			   uint32_t section, uint32_t *placed)
{
	const struct config_turn *turn = &links->turns[section];

	for (uint32_t i = turn->waiting; i != CONFIG_NOBODY;
	     i = links->links[i].next) {
		uint32_t from = links->links[i].from;
		struct config_turn *other = &links->turns[from];
		uint32_t round = turn->round + (section > from);

		if (other->round < round)
			other->round = round;
		if (--other->missing == 0)
			config->order[(*placed)++] = from;
	}
}

static int config_compare_turns(const void *a, const void *b, void *argument)
{
	const struct config_turn *turns = argument;
	uint32_t first = *(const uint32_t *)a;
	uint32_t second = *(const uint32_t *)b;

	if (turns[first].round != turns[second].round)
		return turns[first].round < turns[second].round ? -1 : 1;
	return first < second ? -1 : 1;
}

/* Whoever went through the file again and again, and each time placed those, as
 * they are written, whose turn it is, would place a section in this round: in
 * that of the last that it waits for, or in the next one where that is written
 * behind it. */
static int config_place_all(struct config *config, struct config_links *links,
			    struct complaints *complaints)
{
	uint32_t placed = 0;

	for (uint32_t i = 0; i < config->section_count; i++)
		if (links->turns[i].missing == 0)
			config->order[placed++] = i;
	for (uint32_t i = 0; i < placed; i++)
		config_release(config, links, config->order[i], &placed);
	if (placed < config->section_count) {
		config_refuse_circle(config, links, complaints);
		return -EINVAL;
	}
	qsort_r(config->order, placed, sizeof(*config->order),
		config_compare_turns, links->turns);
	return 0;
}

int config_arrange(struct config *config, struct complaints *complaints)
{
	struct config_links links = {0};
	int r = config_sort(config);
	int twins;
	int linked;

	if (r < 0)
		return r;
	twins = config_refuse_twins(config, complaints);
	linked = config_link_all(config, &links, complaints);
	/* Which of two twins is meant nobody knows; a circle is one whoever
	 * else is missing. */
	if (twins == 0 && linked != -ENOMEM)
		r = config_place_all(config, &links, complaints);
	config_links_fini(&links);
	if (linked < 0)
		return linked;
	return twins < 0 ? twins : r;
}
