/*
 * pids.c - chains through the watches themselves: nothing is allocated, and
 * leaving a chain takes no search.
 */
#include <assert.h>

#include "loop/pids.h"

static uint32_t pids_index(pid_t pid)
{
	return (uint32_t)pid % PIDS_CHAINS;
}

void pids_add(struct pids *pids, struct loop_watch *watch)
{
	struct loop_watch **head = &pids->chains[pids_index(watch->pid)];

	watch->chain.next = *head;
	watch->chain.at = head;
	if (*head)
		(*head)->chain.at = &watch->chain.next;
	*head = watch;
}

void pids_remove(struct loop_watch *watch)
{
	assert(watch->chain.at);
	*watch->chain.at = watch->chain.next;
	if (watch->chain.next)
		watch->chain.next->chain.at = watch->chain.at;
	watch->chain.at = NULL;
}

struct loop_watch *pids_find(const struct pids *pids, pid_t pid)
{
	struct loop_watch *watch = pids->chains[pids_index(pid)];

	while (watch && watch->pid != pid)
		watch = watch->chain.next;
	return watch;
}
