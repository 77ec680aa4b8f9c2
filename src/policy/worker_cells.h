/*
 * worker_cells.h - what the cells of the worker table do.
 *
 * Only worker.c, which has the table, includes this.
 */
#pragma once

#include "worker.h"

/* One step: what it is about, and the verdict as it comes into being. A cell
 * that leaves the verdict alone says "-": no action, no deadline touched. */
struct step {
	const struct worker_rules *rules;
	struct restart_shared *shared;
	struct worker_life *life;
	const struct worker_news *news;
	struct worker_verdict verdict;
};

typedef void worker_cell(struct step *step);

void worker_nothing(struct step *step);
void worker_launch(struct step *step);
void worker_start(struct step *step);
void worker_note_wanted(struct step *step);
void worker_serve_on(struct step *step);
void worker_stop_asked(struct step *step);
void worker_note_unwanted(struct step *step);
void worker_release(struct step *step);
void worker_become_ready(struct step *step);
void worker_decide(struct step *step);
void worker_end_stop(struct step *step);
void worker_end_relieved(struct step *step);
void worker_stop_unready(struct step *step);
void worker_stop_silent(struct step *step);
void worker_stop_silent_relieved(struct step *step);
void worker_stop_hung(struct step *step);
void worker_stop_hung_relieved(struct step *step);
void worker_next_rung(struct step *step);
void worker_kill(struct step *step);
void worker_relieve(struct step *step);
void worker_feed(struct step *step);
void worker_extend(struct step *step);
void worker_leave_wanted(struct step *step);
void worker_leave_relieved(struct step *step);
void worker_mutate(struct step *step);
