/*
 * specs.h - what a group may and may not ask for: specs that are made, and
 * refused with words.
 */
#pragma once

#include "core/fixture.h"
#include "core/spec.h"

static struct strings strings;

static inline void check_refused(const struct muster_group_options *options,
				 const char *reason)
{
	struct spec untouched;
	struct spec *spec = &untouched;
	char buffer[128];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(spec_new(&strings, options, &spec, &error), -EINVAL);
	assert_ptr_equal(spec, &untouched);
	assert_string_equal(buffer, reason);
}

static inline struct spec *
check_taken(const struct muster_group_options *options)
{
	struct spec *spec = NULL;
	char buffer[128];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(spec_new(&strings, options, &spec, &error), 0);
	assert_non_null(spec);
	assert_string_equal(buffer, "");
	return spec;
}
