/*
 * test_privs.c - a program runs with the rights that were asked for and with no
 * others, on every way of launching; the launcher keeps its own.
 */
#include <grp.h>

#include "proc/privileged.h"

static char shown[SHOW_SIZE];

static struct muster_privileges nobody(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;

	privileges.sets_uid = true;
	privileges.uid = NOBODY;
	return privileges;
}

static int change_all_ids(void)
{
	static const uint32_t groups[] = {7, 8};
	struct muster_privileges privileges = nobody();
	int line;

	privileges.sets_gid = true;
	privileges.gid = 65533;
	privileges.sets_groups = true;
	privileges.groups = groups;
	privileges.group_count = 2;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "Uid:\t65534\t65534\t65534\t65534"));
	CHILD_CHECK(shows(shown, "Gid:\t65533\t65533\t65533\t65533"));
	CHILD_CHECK(shows(shown, "Groups:\t7 8 "));
	return 0;
}

static void a_program_has_the_user_and_groups_that_were_asked_for(void **state)
{
	(void)state;
	need_root();
	every_way(change_all_ids);
}

static int change_user_alone(void)
{
	static const gid_t groups[] = {7, 8};
	struct muster_privileges privileges = nobody();
	int line;

	CHILD_CHECK(setgroups(2, groups) == 0);
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "Gid:\t0\t0\t0\t0"));
	CHILD_CHECK(shows(shown, "Groups:\t7 8 "));
	CHILD_CHECK(getuid() == 0 && getgid() == 0);
	return 0;
}

static int drop_groups_alone(void)
{
	static const gid_t groups[] = {7, 8};
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	CHILD_CHECK(setgroups(2, groups) == 0);
	privileges.sets_groups = true;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "Uid:\t0\t0\t0\t0"));
	CHILD_CHECK(shows(shown, "Groups:\t "));
	CHILD_CHECK(getgroups(0, NULL) == 2);
	return 0;
}

static void what_is_not_asked_for_of_ids_is_left_alone(void **state)
{
	(void)state;
	need_root();
	every_mode(change_user_alone);
	every_mode(drop_groups_alone);
}

static bool shows_no_rights(void)
{
	return shows(shown, "CapInh:\t0000000000000000") &&
	       shows(shown, "CapPrm:\t0000000000000000") &&
	       shows(shown, "CapEff:\t0000000000000000") &&
	       shows(shown, "CapAmb:\t0000000000000000");
}

static int leave_no_capability(void)
{
	struct muster_privileges privileges = nobody();
	int line = show_rights(&privileges, shown);

	if (line != 0)
		return line;
	CHILD_CHECK(shows_no_rights());
	return 0;
}

/* Sets that survive a change of user, were they not taken: the kernel is told
 * to leave them, and some are inheritable and ambient. */
static int leave_no_inherited_capability(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];
	struct muster_privileges privileges = nobody();
	int line;

	CHILD_CHECK(syscall(SYS_capget, &header, sets) == 0);
	sets[0].inheritable = BIT(CAP_NET_RAW) | BIT(CAP_CHOWN);
	CHILD_CHECK(syscall(SYS_capset, &header, sets) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0,
			  0) == 0);
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == 0);
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows_no_rights());
	return 0;
}

static void another_user_has_no_capabilities(void **state)
{
	(void)state;
	need_root();
	every_way(leave_no_capability);
	every_mode(leave_no_inherited_capability);
}

static int keep_ambient(void)
{
	struct muster_privileges privileges = nobody();
	int line;

	privileges.sets_cap_ambient = true;
	privileges.cap_ambient = BIT(CAP_NET_RAW) | BIT(CAP_MAC_ADMIN);
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "CapInh:\t0000000200002000"));
	CHILD_CHECK(shows(shown, "CapPrm:\t0000000200002000"));
	CHILD_CHECK(shows(shown, "CapEff:\t0000000200002000"));
	CHILD_CHECK(shows(shown, "CapAmb:\t0000000200002000"));
	return 0;
}

static void ambient_capabilities_are_the_only_ones_of_another_user(void **state)
{
	(void)state;
	need_root();
	if (!(own_set("CapPrm:") & BIT(CAP_MAC_ADMIN)))
		SKIP("CAP_MAC_ADMIN is nobody's here");
	every_way(keep_ambient);
}

static int empty_ambient(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	CHILD_CHECK(syscall(SYS_capget, &header, sets) == 0);
	sets[0].inheritable = BIT(CAP_NET_RAW);
	CHILD_CHECK(syscall(SYS_capset, &header, sets) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0,
			  0) == 0);
	privileges.sets_cap_ambient = true;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "CapAmb:\t0000000000000000"));
	CHILD_CHECK(own_set("CapAmb:") == BIT(CAP_NET_RAW));
	return 0;
}

static void an_ambient_set_is_what_was_asked_for_and_no_more(void **state)
{
	(void)state;
	need_root();
	every_mode(empty_ambient);
}

static int drop_some(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	uint64_t bound = own_set("CapBnd:");
	int line;

	CHILD_CHECK(syscall(SYS_capget, &header, sets) == 0);
	sets[0].inheritable = BIT(CAP_NET_RAW) | BIT(CAP_KILL);
	CHILD_CHECK(syscall(SYS_capset, &header, sets) == 0);
	privileges.cap_drop = BIT(CAP_NET_RAW) | BIT(CAP_SETPCAP);
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	bound &= ~privileges.cap_drop;
	CHILD_CHECK(
		shows(shown, "CapBnd:\t%016llx", (unsigned long long)bound));
	CHILD_CHECK(shows(shown, "CapInh:\t%016x", 1U << CAP_KILL));
	CHILD_CHECK(
		shows(shown, "CapPrm:\t%016llx", (unsigned long long)bound));
	CHILD_CHECK(own_set("CapBnd:") & BIT(CAP_SETPCAP));
	return 0;
}

static int drop_all(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	privileges.cap_drop = UINT64_MAX;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "Uid:\t0\t0\t0\t0"));
	CHILD_CHECK(shows(shown, "CapBnd:\t0000000000000000"));
	CHILD_CHECK(shows_no_rights());
	return 0;
}

static void what_is_dropped_is_in_no_set(void **state)
{
	(void)state;
	need_root();
	every_mode(drop_some);
	every_mode(drop_all);
}

/* The bits forbid the raising that comes before them, and CAP_SETPCAP, which
 * they need, is not the program's. */
static int set_securebits(void)
{
	struct muster_privileges privileges = nobody();
	int line;

	privileges.sets_securebits = true;
	privileges.securebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
				SECBIT_NO_CAP_AMBIENT_RAISE;
	privileges.sets_cap_ambient = true;
	privileges.cap_ambient = BIT(CAP_NET_RAW);
	privileges.cap_drop = BIT(CAP_SETPCAP);
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "securebits %u", privileges.securebits));
	CHILD_CHECK(shows(shown, "CapPrm:\t0000000000002000"));
	CHILD_CHECK(shows(shown, "CapAmb:\t0000000000002000"));
	CHILD_CHECK(prctl(PR_GET_SECUREBITS) == 0);
	return 0;
}

/* With the user 0 that means nothing any more. */
static int set_securebits_of_root(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	privileges.sets_securebits = true;
	privileges.securebits = SECBIT_NOROOT;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "securebits %u", SECBIT_NOROOT));
	CHILD_CHECK(shows(shown, "Uid:\t0\t0\t0\t0"));
	CHILD_CHECK(shows_no_rights());
	return 0;
}

static void securebits_hold_behind_the_ambient_set(void **state)
{
	(void)state;
	need_root();
	every_mode(set_securebits);
	every_mode(set_securebits_of_root);
}

static int forbid_new_rights(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	privileges.no_new_privileges = true;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "NoNewPrivs:\t1"));
	return 0;
}

static void no_new_rights_can_be_had_by_anybody(void **state)
{
	(void)state;
	every_mode(forbid_new_rights);
}

/* The kernel forgets the signal at each change of user and group. */
static int keep_death_signal(void)
{
	struct muster_privileges privileges = nobody();
	int line = show_rights(&privileges, shown);

	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "deathsig %d", SIGUSR1));
	privileges = (struct muster_privileges)MUSTER_PRIVILEGES_INIT;
	privileges.sets_gid = true;
	privileges.gid = 7;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "deathsig %d", SIGUSR1));
	return 0;
}

static void another_user_dies_with_the_launcher_all_the_same(void **state)
{
	(void)state;
	need_root();
	every_mode(keep_death_signal);
}

static int compare_rights(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	static char plain[SHOW_SIZE];
	int line = show_rights(NULL, plain);

	if (line == 0)
		line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(strcmp(plain, shown) == 0);
	return 0;
}

static void asked_for_nothing_nothing_changes(void **state)
{
	(void)state;
	every_mode(compare_rights);
}

/* All that a child that shared memory would have changed for both. */
static int keep_ours(void)
{
	struct muster_privileges privileges = nobody();
	uint64_t permitted = own_set("CapPrm:");
	int line;

	CHILD_CHECK(prctl(PR_GET_DUMPABLE) == 1);
	privileges.sets_gid = true;
	privileges.gid = NOBODY;
	privileges.sets_oom_score_adj = true;
	privileges.oom_score_adj = 777;
	privileges.no_new_privileges = true;
	privileges.cap_drop = BIT(CAP_CHOWN);
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "oom 777"));
	CHILD_CHECK(prctl(PR_GET_DUMPABLE) == 1);
	CHILD_CHECK(getuid() == 0 && getegid() == 0);
	CHILD_CHECK(own_set("CapPrm:") == permitted);
	CHILD_CHECK(own_set("NoNewPrivs:") ==
		    (way->clone3_error || way->close_range_error));
	return 0;
}

static int keep_our_oom_score(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	char text[8] = "";
	int line;
	int fd;

	privileges.sets_oom_score_adj = true;
	privileges.oom_score_adj = 321;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "oom 321"));
	fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	CHILD_CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	CHILD_CHECK(atoi(text) != 321);
	CHILD_CHECK(close(fd) == 0);
	return 0;
}

static void the_launcher_keeps_what_it_has(void **state)
{
	(void)state;
	need_root();
	every_way(keep_ours);
	every_mode(keep_our_oom_score);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_program_has_the_user_and_groups_that_were_asked_for),
		cmocka_unit_test(what_is_not_asked_for_of_ids_is_left_alone),
		cmocka_unit_test(another_user_has_no_capabilities),
		cmocka_unit_test(
			ambient_capabilities_are_the_only_ones_of_another_user),
		cmocka_unit_test(
			an_ambient_set_is_what_was_asked_for_and_no_more),
		cmocka_unit_test(what_is_dropped_is_in_no_set),
		cmocka_unit_test(securebits_hold_behind_the_ambient_set),
		cmocka_unit_test(no_new_rights_can_be_had_by_anybody),
		cmocka_unit_test(
			another_user_dies_with_the_launcher_all_the_same),
		cmocka_unit_test(asked_for_nothing_nothing_changes),
		cmocka_unit_test(the_launcher_keeps_what_it_has),
	};

	privileged_main(argc, argv);
	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
