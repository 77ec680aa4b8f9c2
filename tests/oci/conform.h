/*
 * conform.h - what an entrypoint should do, row by row, measured from outside.
 */
#pragma once

#include "base/text.h"
#include "oci/trial.h"

struct row {
	const char *number; /* of the specification */
	const char *claim;
	const char *how; /* it was measured */
	/* Adds "yes", "no" and what was missing, or a number. */
	void (*measure)(const struct subject *subject, struct text *result);
	bool needs_root;
};

/* Each ends with an empty one. */
extern const struct row conform_early_rows[];
extern const struct row conform_start_rows[];
extern const struct row conform_where_rows[];
extern const struct row conform_exec_rows[];
extern const struct row conform_signal_rows[];
extern const struct row conform_terminal_rows[];
extern const struct row conform_end_rows[];

/* "yes", or "no, " and the rest. */
__attribute__((format(printf, 3, 4))) void
conform_answer(struct text *result, bool is_so, const char *format, ...);
