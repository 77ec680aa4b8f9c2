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

struct workers_chunk {
	struct workers_chunk *next;
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
	struct child_report *page;

	if (!chunk)
		return -ENOMEM;
	if (workers_take_page(&workers->reports, &page) < 0) {
		(void)unforked_free(chunk, 1, sizeof(*chunk));
		return -ENOMEM;
	}
	chunk->next = workers->chunks;
	workers->chunks = chunk;
	for (uint32_t i = 0; i < WORKERS_CHUNK; i++) {
		struct worker *worker = &chunk->workers[i];

		worker->report = &page[i];
		worker->watch.pidfd = -1;
		list_init(&worker->link);
		list_append(&workers->idle, &worker->link);
	}
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

struct worker *workers_take(struct workers *workers, struct slot *slot)
{
	struct list *node = list_first(&workers->idle);
	struct worker *worker;

	assert(node);
	assert(workers->promised > 0);
	workers->promised--;
	worker = CONTAINER_OF(node, struct worker, link);
	list_remove(node);
	workers->idle_count--;
	worker->slot = slot;
	worker->edition = NULL;
	worker->life = WORKER_LIFE_NULL;
	worker->deadline = HEAP_NODE_NULL;
	worker->watch = (struct loop_watch){
		.pidfd = -1,
		.tag = (uint64_t)(uintptr_t)worker,
	};
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
