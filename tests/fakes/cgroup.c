/*
 * cgroup.c - stands behind proc/cgroup.h: one cgroup, whatever its path.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/fake.h"
#include "proc/cgroup.h"

/* Of no file that is open. */
#define CGROUP_FD 4000000

/* "/none…" is none. */
int cgroup_open(const char *path, struct cgroup *ret_cgroup, struct text *error)
{
	if (strncmp(path, "/none", strlen("/none")) == 0) {
		text_add(error, "there is no such cgroup");
		return -ENOENT;
	}
	*ret_cgroup = (struct cgroup){
		.path = strdup(path),
		.fd = CGROUP_FD,
		.procs_fd = CGROUP_FD + 1,
		.ooms_fd = fake.counts_no_ooms ? -1 : CGROUP_FD + 2,
		.is_v2 = true,
		.is_ours = fake.is_cgroup_made,
	};
	fake.cgroups++;
	fake.cgroup_opens++;
	return 0;
}

int cgroup_remove(struct cgroup *cgroup)
{
	if (cgroup->is_ours && fake.is_cgroup_busy)
		return -EBUSY;
	fake.cgroups_removed += cgroup->is_ours;
	cgroup->is_ours = false;
	return 0;
}

void cgroup_close(struct cgroup *cgroup)
{
	fake.cgroups -= cgroup->fd >= 0;
	free(cgroup->path);
	*cgroup = CGROUP_NULL;
}

void cgroup_kill(const struct cgroup *cgroup)
{
	if (cgroup->fd != CGROUP_FD)
		fake_blame("a cgroup is killed that is not open");
	fake.cgroup_kills++;
}

void cgroup_await_empty(const struct cgroup *cgroup, uint64_t limit_ns)
{
	(void)cgroup;
	(void)limit_ns;
	fake.cgroup_awaits++;
	fake.is_cgroup_busy = false;
}

bool cgroup_has_us(const struct cgroup *cgroup)
{
	(void)cgroup;
	return fake.has_cgroup_us;
}

uint64_t cgroup_ooms(const struct cgroup *cgroup)
{
	(void)cgroup;
	fake.oom_readings++;
	return fake.ooms;
}

uint64_t cgroup_own_ooms(void)
{
	fake.oom_readings++;
	return fake.own_ooms;
}

size_t cgroup_shared_fate(const struct cgroup *cgroup)
{
	(void)cgroup;
	return fake.fate_length;
}
