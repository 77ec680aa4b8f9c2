/*
 * seccomp.c - an engine's profile says for whom each rule is and the runtime's
 * does not: the engine has chosen.
 *
 * That is done by tests/tools/profile.c, which refuses what it does not know.
 */
#include "oci/seccomp.h"
#include "json_tree.h"
#include "tools/profile.h"
#include "tools/support.h"

const char *const seccomp_caps[] = {
	"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FSETID",	 "CAP_FOWNER",
	"CAP_NET_RAW", "CAP_SETGID",	       "CAP_SETUID",	 "CAP_SETFCAP",
	"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
	NULL,
};

/* As they stand: no name of a call, an action or a comparison has what would
 * have to be escaped. */
static void seccomp_add_names(struct text *text, const struct json_node *names)
{
	for (const struct json_node *name = names->children; name;
	     name = name->next)
		text_format(text, "%s\"%s\"",
			    name == names->children ? "" : ",", name->text);
}

static void seccomp_add_argument(struct text *text,
				 const struct json_node *argument)
{
	int64_t second = json_number_of(argument, "valueTwo");

	text_format(text, "{\"index\":%lld,\"value\":%lld,",
		    (long long)json_number_of(argument, "index"),
		    (long long)json_number_of(argument, "value"));
	if (second != INT64_MIN)
		text_format(text, "\"valueTwo\":%lld,", (long long)second);
	text_format(text, "\"op\":\"%s\"}", json_text_of(argument, "op"));
}

static void seccomp_add_rule(struct text *text, const struct json_node *rule)
{
	const struct json_node *arguments = json_child(rule, "args");
	int64_t error = json_number_of(rule, "errnoRet");

	text_add(text, "{\"names\":[");
	seccomp_add_names(text, json_child(rule, "names"));
	text_format(text, "],\"action\":\"%s\"", json_text_of(rule, "action"));
	if (error != INT64_MIN)
		text_format(text, ",\"errnoRet\":%lld", (long long)error);
	text_add(text, ",\"args\":[");
	for (const struct json_node *argument = arguments ? arguments->children
							  : NULL;
	     argument; argument = argument->next) {
		seccomp_add_argument(text, argument);
		text_add(text, argument->next ? "," : "");
	}
	text_add(text, "]}");
}

/* The default once more is no rule to libseccomp, but an error. */
static bool seccomp_says_more(const struct json_node *profile,
			      const struct json_node *rule)
{
	return strcmp(json_text_of(rule, "action"),
		      json_text_of(profile, "defaultAction")) != 0 ||
	       json_number_of(rule, "errnoRet") !=
		       json_number_of(profile, "defaultErrnoRet");
}

void seccomp_add(struct text *text, const char *path)
{
	_cleanup_(json_freep) struct json_node *profile = profile_read(path);
	int64_t error;
	bool is_first = true;

	assert_non_null(profile);
	error = json_number_of(profile, "defaultErrnoRet");
	text_format(text, "{\"defaultAction\":\"%s\",",
		    json_text_of(profile, "defaultAction"));
	if (error != INT64_MIN)
		text_format(text, "\"defaultErrnoRet\":%lld,",
			    (long long)error);
	text_add(text, "\"architectures\":[\"SCMP_ARCH_X86_64\","
		       "\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],\"syscalls\":[");
	for (const struct json_node *rule =
		     json_child(profile, "syscalls")->children;
	     rule; rule = rule->next) {
		if (!profile_rule_counts(rule, seccomp_caps) ||
		    !seccomp_says_more(profile, rule))
			continue;
		text_add(text, is_first ? "" : ",");
		seccomp_add_rule(text, rule);
		is_first = false;
	}
	text_add(text, "]}");
}
