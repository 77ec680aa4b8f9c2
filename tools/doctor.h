/*
 * doctor.h - the parts of `muster doctor`.
 */
#pragma once

#include "page.h"

/* Which engine and spawn path serve, and what each says when it is asked for.
 */
void doctor_paths(struct page *page);
/* What forbids paths: kernel, sysctl, seccomp, RLIMIT_MEMLOCK. */
void doctor_reasons(struct page *page);
/* What bounds the number of workers, and the least of it. */
void doctor_limits(struct page *page);
