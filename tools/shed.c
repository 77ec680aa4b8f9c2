/*
 * shed.c - see shed.h. Never gains anything; who cannot give up goes on with
 * what he has, and says so.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capabilities.h"
#include "shed.h"

#define SHED_BIT(capability) (UINT64_C(1) << (capability))
#define SHED_ALL UINT64_MAX

static uint64_t shed_for_privileges(const struct muster_privileges *asked)
{
	uint64_t needed = SHED_BIT(CAP_SETUID) | SHED_BIT(CAP_SYS_RESOURCE);

	if (!asked || !asked->sets_uid || asked->uid == 0)
		return SHED_ALL;
	if (asked->sets_gid || asked->sets_groups)
		needed |= SHED_BIT(CAP_SETGID);
	if (asked->cap_drop != 0 || asked->sets_securebits)
		needed |= SHED_BIT(CAP_SETPCAP);
	if (asked->sets_nice)
		needed |= SHED_BIT(CAP_SYS_NICE);
	return needed | asked->cap_ambient;
}

/* `muster run` launches for a roll and a larger number, too; the command is
 * sought anew for that. */
static uint64_t shed_for_launches(const struct options *options)
{
	const struct muster_group_options *group = &options->service.group;
	const char *command = options->service.command.items[0];
	uint64_t needed = shed_for_privileges(group->privileges);

	if (options->verb == SETTING_VERB_init)
		return group->restart == MUSTER_RESTART_NEVER ? 0 : needed;
	if (!strchr(command, '/'))
		needed |= SHED_BIT(CAP_DAC_READ_SEARCH);
	return needed;
}

static bool shed_has_file(const struct options *options)
{
	const struct muster_group_options *group = &options->service.group;
	const char *control = options->launcher.control;

	for (uint32_t i = 0; i < group->listener_count; i++)
		if (group->listeners[i].address &&
		    strncmp(group->listeners[i].address, "unix:/", 6) == 0)
			return true;
	return (control && control[0] == '/') || group->cgroup ||
	       options->launcher.init.termination_log;
}

uint64_t shed_needed(const struct options *options, bool is_upstream)
{
	uint64_t needed = SHED_BIT(CAP_KILL);

	if (options->launcher.config)
		return SHED_ALL;
	if (is_upstream || shed_has_file(options))
		needed |= SHED_BIT(CAP_DAC_OVERRIDE);
	return needed | shed_for_launches(options);
}

static void shed_tell(uint64_t kept, struct log *log)
{
	char buffer[1024]; /* room for all of them */
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "Gave up all capabilities");
	if (kept != 0) {
		text_add(&text, " but ");
		capabilities_format(&text, kept);
	}
	log_line(log, LOG_INFO, text.data, text.length);
}

void shed(uint64_t needed, struct log *log)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];
	uint64_t held;

	/* Who is not even told what he has cannot give it up. */
	if (needed == SHED_ALL || syscall(SYS_capget, &header, sets) < 0)
		return;
	held = (uint64_t)sets[1].permitted << 32 | sets[0].permitted;
	if ((held & ~needed) == 0)
		return;
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= (uint32_t)(needed >> 32 * i);
		sets[i].effective &= sets[i].permitted;
	}
	if (syscall(SYS_capset, &header, sets) < 0)
		log_format(log, LOG_NOTICE, "Cannot give up capabilities: %s",
			   strerror(errno));
	else
		shed_tell(held & needed, log);
}
