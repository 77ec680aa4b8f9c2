/*
 * workers.c - chunks of workers, and pages of their reports. Knows nothing of
 * what a worker does.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/unforked.h"
#include "core/workers.h"
#include "proc/spawn.h"

_Static_assert(WORKERS_AREA % WORKERS_CHUNK == 0, "a chunk has one page");

/* Pages that nobody was taken from are never touched. */
struct workers_chunk {
	struct workers_chunk *next; /* made later */
	struct child_report *reports;
	uint32_t taken; /* workers that have ever been; the rest are zeros */
	struct worker workers[WORKERS_CHUNK];
};

void workers_init(struct workers *workers)
{
	*workers = (struct workers){.chunks = NULL};
	list_init(&workers->idle);
}

static int workers_add_reports(struct worker_reports *reports)
{
	struct child_report **areas =
		reallocarray(reports->areas, (size_t)reports->count + 1,
			     sizeof(struct child_report *));
	struct child_report *area;

	if (!areas)
		return -ENOMEM;
	reports->areas = areas;
	area = spawn_reports_new(WORKERS_AREA);
	if (!area)
		return -ENOMEM;
	areas[reports->count++] = area;
	reports->taken = 0;
	return 0;
}

static int workers_take_page(struct worker_reports *reports,
			     struct child_report **ret_page)
{
	bool has_page = reports->count > 0 && reports->taken < WORKERS_AREA;

	if (!has_page && workers_add_reports(reports) < 0)
		return -ENOMEM;
	*ret_page = &reports->areas[reports->count - 1][reports->taken];
	reports->taken += WORKERS_CHUNK;
	return 0;
}

static int workers_add_chunk(struct workers *workers)
{
	struct workers_chunk *chunk = unforked_new(1, sizeof(*chunk));

	if (!chunk)
		return -ENOMEM;
	if (workers_take_page(&workers->reports, &chunk->reports) < 0) {
		(void)unforked_free(chunk, 1, sizeof(*chunk));
		return -ENOMEM;
	}
	if (workers->last)
		workers->last->next = chunk;
	else
		workers->chunks = chunk;
	workers->last = chunk;
	if (!workers->fresh)
		workers->fresh = chunk;
	workers->idle_count += WORKERS_CHUNK;
	workers->count += WORKERS_CHUNK;
	return 0;
}

int workers_promise(struct workers *workers, struct heap *deadlines,
		    uint32_t count)
{
	int r = 0;

	while (r == 0 && workers->idle_count < workers->promised + count)
		r = workers_add_chunk(workers);
	if (r == 0)
		r = heap_reserve(deadlines, workers->count);
	if (r == 0)
		workers->promised += count;
	return r;
}

void workers_forgive(struct workers *workers, uint32_t count)
{
	assert(workers->promised >= count);
	workers->promised -= count;
}

static struct worker *workers_take_fresh(struct workers *workers)
{
	struct workers_chunk *chunk = workers->fresh;
	struct worker *worker;

	assert(chunk);
	worker = &chunk->workers[chunk->taken];
	worker->report = &chunk->reports[chunk->taken];
	list_init(&worker->link);
	if (++chunk->taken == WORKERS_CHUNK)
		workers->fresh = chunk->next;
	return worker;
}

struct worker *workers_take(struct workers *workers, struct slot *slot)
{
	struct list *node = list_first(&workers->idle);
	struct worker *worker;

	assert(workers->promised > 0);
	workers->promised--;
	workers->idle_count--;
	if (node) {
		worker = CONTAINER_OF(node, struct worker, link);
		list_remove(node);
	} else {
		worker = workers_take_fresh(workers);
	}
	worker->slot = slot;
	worker->edition = NULL;
	worker->life = WORKER_LIFE_NULL;
	worker->deadline = HEAP_NODE_NULL;
	worker->watch = (struct loop_watch){
		.pidfd = -1,
		.tag = (uint64_t)(uintptr_t)worker,
	};
	worker->launch_fd = -1;
	worker->noticed_ns = 0;
	worker->old_pid = 0;
	worker->generation = 0;
	return worker;
}

/* The one given back last is the warmest. */
void workers_give(struct workers *workers, struct worker *worker)
{
	assert(worker->life.state == WORKER_VACANT);
	worker->slot = NULL;
	list_prepend(&workers->idle, &worker->link);
	workers->idle_count++;
}

void worker_reports_unmap(const struct worker_reports *reports)
{
	for (uint32_t i = 0; i < reports->count; i++)
		spawn_reports_free(reports->areas[i], WORKERS_AREA);
}

void workers_fini(struct workers *workers)
{
	worker_reports_unmap(&workers->reports);
	free(workers->reports.areas);
	while (workers->chunks) {
		struct workers_chunk *chunk = workers->chunks;

		workers->chunks = chunk->next;
		(void)unforked_free(chunk, 1, sizeof(*chunk));
	}
}
