/*
 * privs.c - decides what the child does with its rights and limits. Asks the
 * kernel what there is, and changes nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proc/privs.h"

/* In the set, or nobody knows: then the child will be told. */
static bool privs_is_bound(unsigned int capability)
{
	int r = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

	return r > 0 || (r < 0 && errno != EINVAL);
}

static uint64_t privs_bounded(uint64_t set)
{
	for (unsigned int i = 0; i < 64; i++)
		if (set >> i & 1 && !privs_is_bound(i))
			set &= ~(UINT64_C(1) << i);
	return set;
}

/* Whoever becomes another user than 0 is left with the ambient set that was
 * asked for: what is not inheritable any more is not ambient either
 * (capabilities(7)), so that needs no call which an old kernel lacks. */
static void privs_decide_caps(const struct muster_privileges *asked,
			      struct privs *privs)
{
	bool sheds = asked->sets_uid && asked->uid != 0;
	uint64_t ambient = asked->sets_cap_ambient ? asked->cap_ambient : 0;

	privs->bound_drop = privs_bounded(asked->cap_drop);
	privs->permitted = sheds ? ambient : ~asked->cap_drop;
	privs->inheritable = sheds ? 0 : ~asked->cap_drop;
	privs->ambient = ambient;
	privs->clears_ambient = asked->sets_cap_ambient;
	privs->keeps_caps = sheds && (ambient != 0 || asked->sets_securebits);
	privs->sets_caps = sheds || asked->cap_drop != 0 || ambient != 0;
}

static void privs_decide_oom(struct privs *privs)
{
	struct text text;

	text_init(&text, privs->oom_text, sizeof(privs->oom_text));
	text_add_i64(&text, privs->oom_score_adj);
	privs->oom_length = text.length;
}

static void privs_decide_cpus(const struct muster_privileges *asked,
			      struct privs *privs)
{
	memcpy(privs->cpus, asked->cpus, sizeof(privs->cpus));
	for (size_t i = 0; i < ARRAY_LEN(asked->cpus); i++)
		if (asked->cpus[i] != 0)
			privs->cpus_size = (i + 1) * sizeof(asked->cpus[0]);
}

static bool privs_become_less(const struct privs *privs)
{
	return privs->sets_uid || privs->sets_gid || privs->sets_caps ||
	       privs->sets_securebits || privs->bound_drop != 0;
}

void privs_decide(const struct muster_privileges *asked,
		  struct privs *ret_privs)
{
	*ret_privs = (struct privs){
		.groups = asked->groups,
		.group_count = asked->group_count,
		.uid = asked->uid,
		.gid = asked->gid,
		.securebits = asked->securebits,
		.nice = asked->nice,
		.oom_score_adj = asked->oom_score_adj,
		.limits_set = asked->sets_limits,
		.sets_uid = asked->sets_uid,
		.sets_gid = asked->sets_gid,
		.sets_groups = asked->sets_groups,
		.sets_securebits = asked->sets_securebits,
		.sets_nice = asked->sets_nice,
		.sets_oom_score_adj = asked->sets_oom_score_adj,
		.no_new_privs = asked->no_new_privileges,
	};
	memcpy(ret_privs->limits, asked->limits, sizeof(ret_privs->limits));
	privs_decide_caps(asked, ret_privs);
	privs_decide_oom(ret_privs);
	privs_decide_cpus(asked, ret_privs);
	ret_privs->become_less = privs_become_less(ret_privs);
}

bool privs_is_apart(const struct privs *privs)
{
	return privs->become_less || privs->sets_oom_score_adj;
}
