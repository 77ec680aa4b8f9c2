/*
 * profile.c - JSON -> rules of each system call -> BPF.
 *
 * As the engines do it: a rule counts when its includes hold and its excludes
 * do not; one whose action is the default is none; within a rule all arguments
 * must fit; a rule without arguments holds when no other has. Two comparisons
 * of one argument, of which either would do, are in no profile and are refused.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <linux/audit.h>

#include "base/cleanup.h"
#include "tools/profile.h"

#define PROFILE_BROKEN 122
#define PROFILE_SIZE ((size_t)1 << 20)
/* As long as a jump to the end of a rule is not known; no rule is so long. */
#define PROFILE_TO_END 255

struct profile {
	const struct json_node *rules;
	const struct profile_options *options;
	struct bpf *bpf;
	unsigned int otherwise; /* the default action */
	const char *reason;	/* why it is not understood */
};

static bool profile_refuse(struct profile *profile, const char *reason)
{
	profile->reason = reason;
	return false;
}

static bool list_has(const struct json_node *list, const char *text)
{
	for (const struct json_node *node = list ? list->children : NULL; node;
	     node = node->next)
		if (node->type == JSON_STRING && strcmp(node->text, text) == 0)
			return true;
	return false;
}

static bool profile_has_cap(const struct profile *profile, const char *cap)
{
	for (size_t i = 0; profile->options->caps[i]; i++)
		if (strcmp(profile->options->caps[i], cap) == 0)
			return true;
	return false;
}

static unsigned int profile_count_caps(const struct profile *profile,
				       const struct json_node *list)
{
	unsigned int count = 0;

	for (const struct json_node *cap = list->children; cap; cap = cap->next)
		count += profile_has_cap(profile, cap->text);
	return count;
}

static unsigned int list_length(const struct json_node *list)
{
	unsigned int length = 0;

	for (const struct json_node *node = list->children; node;
	     node = node->next)
		length++;
	return length;
}

static bool is_kernel_at_least(const char *wanted)
{
	unsigned int have[2] = {0};
	unsigned int want[2] = {0};
	struct utsname system;

	if (uname(&system) < 0 ||
	    sscanf(system.release, "%u.%u", &have[0], &have[1]) != 2 ||
	    sscanf(wanted, "%u.%u", &want[0], &want[1]) != 2)
		return false;
	return have[0] > want[0] || (have[0] == want[0] && have[1] >= want[1]);
}

/* All capabilities of includes must be there, and none of excludes. */
static bool profile_includes(const struct profile *profile,
			     const struct json_node *includes)
{
	const struct json_node *caps = json_child(includes, "caps");
	const struct json_node *arches = json_child(includes, "arches");
	const struct json_node *kernel = json_child(includes, "minKernel");

	if (caps && profile_count_caps(profile, caps) < list_length(caps))
		return false;
	if (arches && !list_has(arches, "amd64"))
		return false;
	return !kernel || is_kernel_at_least(kernel->text);
}

static bool profile_excludes(const struct profile *profile,
			     const struct json_node *excludes)
{
	const struct json_node *caps = json_child(excludes, "caps");
	const struct json_node *kernel = json_child(excludes, "minKernel");

	return (caps && profile_count_caps(profile, caps) > 0) ||
	       list_has(json_child(excludes, "arches"), "amd64") ||
	       (kernel && is_kernel_at_least(kernel->text));
}

static bool profile_counts(const struct profile *profile,
			   const struct json_node *rule)
{
	const struct json_node *includes = json_child(rule, "includes");
	const struct json_node *excludes = json_child(rule, "excludes");

	return (!includes || profile_includes(profile, includes)) &&
	       (!excludes || !profile_excludes(profile, excludes));
}

static bool profile_action(struct profile *profile, const char *name,
			   int64_t error, unsigned int *ret_action)
{
	if (strcmp(name, "SCMP_ACT_ALLOW") == 0)
		*ret_action = SECCOMP_RET_ALLOW;
	else if (strcmp(name, "SCMP_ACT_ERRNO") == 0)
		*ret_action =
			SECCOMP_RET_ERRNO |
			(unsigned int)(error == INT64_MIN ? EPERM : error);
	else
		return profile_refuse(profile, "an action");
	return true;
}

static void profile_jump(struct bpf *bpf, unsigned short operation,
			 uint32_t value, unsigned char if_so,
			 unsigned char if_not)
{
	bpf_add(bpf, (struct sock_filter)BPF_JUMP(BPF_JMP | operation | BPF_K,
						  value, if_so, if_not));
}

/* Falls through when the argument fits. Values of the profiles have 32 bits: a
 * high word that is not zero is larger than all of them. */
static bool profile_compare(struct profile *profile,
			    const struct json_node *argument)
{
	const char *how = json_text_of(argument, "op");
	int64_t value = json_number_of(argument, "value");
	unsigned int index = (unsigned int)json_number_of(argument, "index");
	bool is_masked = strcmp(how, "SCMP_CMP_MASKED_EQ") == 0;
	bool is_not = strcmp(how, "SCMP_CMP_NE") == 0;
	bool is_above = strcmp(how, "SCMP_CMP_GT") == 0;
	struct bpf *bpf = profile->bpf;

	if (value < 0 || value > UINT32_MAX || index > 5)
		return profile_refuse(profile, "an argument's value or index");
	if (!is_masked) {
		bpf_load_argument(bpf, index, true);
		profile_jump(bpf, BPF_JEQ, 0, 0,
			     is_not || is_above ? 2 : PROFILE_TO_END);
	}
	bpf_load_argument(bpf, index, false);
	if (is_masked) {
		int64_t wanted = json_number_of(argument, "valueTwo");

		bpf_mask(bpf, (uint32_t)value);
		profile_jump(bpf, BPF_JEQ,
			     wanted == INT64_MIN ? 0 : (uint32_t)wanted, 0,
			     PROFILE_TO_END);
	} else if (is_not) {
		profile_jump(bpf, BPF_JEQ, (uint32_t)value, PROFILE_TO_END, 0);
	} else if (is_above) {
		profile_jump(bpf, BPF_JGT, (uint32_t)value, 0, PROFILE_TO_END);
	} else if (strcmp(how, "SCMP_CMP_LT") == 0) {
		profile_jump(bpf, BPF_JGE, (uint32_t)value, PROFILE_TO_END, 0);
	} else if (strcmp(how, "SCMP_CMP_EQ") == 0) {
		profile_jump(bpf, BPF_JEQ, (uint32_t)value, 0, PROFILE_TO_END);
	} else {
		return profile_refuse(profile, "a comparison");
	}
	return true;
}

/* Only jumps have two targets. */
static void profile_patch(struct bpf *bpf, unsigned short start)
{
	for (unsigned short i = start; i < bpf->length; i++) {
		struct sock_filter *code = &bpf->code[i];
		unsigned char to_end = (unsigned char)(bpf->length - i - 1);

		if (BPF_CLASS(code->code) != BPF_JMP)
			continue;
		if (code->jt == PROFILE_TO_END)
			code->jt = to_end;
		if (code->jf == PROFILE_TO_END)
			code->jf = to_end;
	}
}

static bool profile_has_same_index(const struct json_node *arguments)
{
	for (const struct json_node *a = arguments->children; a; a = a->next)
		for (const struct json_node *b = a->next; b; b = b->next)
			if (json_number_of(a, "index") ==
			    json_number_of(b, "index"))
				return true;
	return false;
}

/* A rule with arguments. */
static bool profile_compile_rule(struct profile *profile,
				 const struct json_node *arguments,
				 unsigned int action)
{
	unsigned short start = profile->bpf->length;

	if (profile_has_same_index(arguments))
		return profile_refuse(profile, "two comparisons of one "
					       "argument in a rule");
	for (const struct json_node *argument = arguments->children; argument;
	     argument = argument->next)
		if (!profile_compare(profile, argument))
			return false;
	bpf_return(profile->bpf, action);
	profile_patch(profile->bpf, start);
	return true;
}

/* The rules for one call, those without arguments last. */
static bool profile_compile_rules(struct profile *profile, const char *name)
{
	unsigned int last = profile->otherwise;

	for (const struct json_node *rule = profile->rules->children; rule;
	     rule = rule->next) {
		const struct json_node *arguments = json_child(rule, "args");
		unsigned int action;

		if (!list_has(json_child(rule, "names"), name) ||
		    !profile_counts(profile, rule))
			continue;
		if (!profile_action(profile, json_text_of(rule, "action"),
				    json_number_of(rule, "errnoRet"), &action))
			return false;
		if (action == profile->otherwise)
			continue;
		if (!arguments || !arguments->children)
			last = action;
		else if (!profile_compile_rule(profile, arguments, action))
			return false;
	}
	bpf_return(profile->bpf, last);
	return true;
}

/* A block: the rules of a call, jumped over for any other. */
static bool profile_compile_call(struct profile *profile, int number)
{
	struct bpf *bpf = profile->bpf;
	unsigned short start = bpf->length;

	bpf_load_number(bpf);
	bpf_unless(bpf, (uint32_t)number, 0);
	if (!profile_compile_rules(profile, call_name(number)))
		return false;
	if (bpf->length - start - 2 > UINT8_MAX)
		return profile_refuse(profile, "too many rules for a call");
	bpf->code[start + 1].jf = (unsigned char)(bpf->length - start - 2);
	/* Nothing but the default: no block. */
	if (bpf->length == start + 3 &&
	    bpf->code[start + 2].k == profile->otherwise)
		bpf->length = start;
	return true;
}

static int profile_newest(const struct profile *profile)
{
	int newest = 0;

	for (const struct json_node *rule = profile->rules->children; rule;
	     rule = rule->next)
		for (const struct json_node *name =
			     json_child(rule, "names")->children;
		     name; name = name->next)
			if (call_number(name->text) > newest)
				newest = call_number(name->text);
	return newest;
}

static bool profile_compile_all(struct profile *profile)
{
	int newest = profile_newest(profile);
	struct bpf *bpf = profile->bpf;

	bpf_load(bpf, offsetof(struct seccomp_data, arch));
	bpf_unless(bpf, AUDIT_ARCH_X86_64, 1);
	profile_jump(bpf, BPF_JA, 1, 0, 0);
	bpf_return(bpf, profile->otherwise);
	if (profile->options->is_runc) {
		bpf_load_number(bpf);
		profile_jump(bpf, BPF_JGT, (uint32_t)newest, 0, 1);
		bpf_return(bpf, SECCOMP_RET_ERRNO | ENOSYS);
	}
	for (int number = 0; number <= newest; number++)
		if (call_name(number) && !profile_compile_call(profile, number))
			return false;
	bpf_return(bpf, profile->otherwise);
	return true;
}

static char *profile_read_text(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(PROFILE_SIZE);

	*ret_length = file && text ? fread(text, 1, PROFILE_SIZE, file) : 0;
	if (file)
		(void)fclose(file);
	return text;
}

struct json_node *profile_read(const char *path)
{
	_cleanup_(json_freep) struct json_node *tree = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length;

	text = profile_read_text(path, &length);
	tree = text ? json_read(text, length) : NULL;
	return tree && json_child(tree, "syscalls") ? TAKE_PTR(tree) : NULL;
}

bool profile_rule_counts(const struct json_node *rule, const char *const *caps)
{
	const struct profile_options options = {.caps = caps};
	const struct profile profile = {.options = &options};

	return profile_counts(&profile, rule);
}

bool profile_compile(const char *path, const struct profile_options *options,
		     struct bpf *bpf, const char **ret_reason)
{
	_cleanup_(json_freep) struct json_node *tree = profile_read(path);
	struct profile profile = {
		.rules = tree ? json_child(tree, "syscalls") : NULL,
		.options = options,
		.bpf = bpf,
		.reason = "no profile in JSON",
	};
	bool is_good = false;

	if (tree)
		is_good = profile_action(
				  &profile, json_text_of(tree, "defaultAction"),
				  json_number_of(tree, "defaultErrnoRet"),
				  &profile.otherwise) &&
			  profile_compile_all(&profile);
	*ret_reason = profile.reason;
	return is_good;
}

void profile_enter(void *argument)
{
	if (bpf_install(argument, 0) < 0)
		_exit(PROFILE_BROKEN);
}
