/*
 * asked.c - what a launch failed to set, in words. Pure: formats, nothing else.
 */
#include <stdbool.h>

#include "base/capname.h"
#include "base/cleanup.h"
#include "core/asked.h"

#define ASKED_CPUS \
	(64U * ARRAY_LEN(((const struct muster_privileges *)0)->cpus))

static bool asked_has_cpu(const struct muster_privileges *asked,
			  unsigned int cpu)
{
	return cpu < ASKED_CPUS && asked->cpus[cpu / 64] >> cpu % 64 & 1;
}

static void asked_add_number(struct text *text, uint64_t number, bool is_first)
{
	if (!is_first)
		text_add(text, ",");
	text_add_u64(text, number);
}

/* As --cpus reads it: "0-3,8". */
static void asked_add_cpus(struct text *text,
			   const struct muster_privileges *asked)
{
	bool is_first = true;

	for (unsigned int cpu = 0; cpu < ASKED_CPUS; cpu++) {
		unsigned int last = cpu;

		if (!asked_has_cpu(asked, cpu))
			continue;
		while (asked_has_cpu(asked, last + 1))
			last++;
		asked_add_number(text, cpu, is_first);
		if (last > cpu) {
			text_add(text, "-");
			text_add_u64(text, last);
		}
		is_first = false;
		cpu = last;
	}
}

static void asked_add_groups(struct text *text,
			     const struct muster_privileges *asked)
{
	for (uint32_t i = 0; i < asked->group_count; i++)
		asked_add_number(text, asked->groups[i], i == 0);
	if (asked->group_count == 0)
		text_add(text, "none");
}

/* The child has written value: it is looked at first. */
static void asked_add_capability(struct text *text, int64_t value)
{
	const char *name = value < 0 ? NULL : capname_get((unsigned int)value);

	if (name)
		text_add(text, name);
}

/* Half a number is another one: what is cut ends behind a whole one. */
static void asked_mark_cut(struct text *text)
{
	static const char mark[] = "...";

	if (text->size < sizeof(mark))
		return;
	while (text->length > 0 && (text->data[text->length - 1] != ',' ||
				    text->length > text->size - sizeof(mark)))
		text->length--;
	text_add(text, mark);
}

void asked_format(struct text *text, enum muster_step step, int64_t value,
		  const struct muster_privileges *asked)
{
	if (step == MUSTER_STEP_CAP_BOUND || step == MUSTER_STEP_CAP_AMBIENT)
		asked_add_capability(text, value);
	else if (step == MUSTER_STEP_CPUS && asked)
		asked_add_cpus(text, asked);
	else if (step == MUSTER_STEP_GROUPS && asked)
		asked_add_groups(text, asked);
	if (text->is_cut)
		asked_mark_cut(text);
}
