/*
 * bundle.c - the least that a runtime wants to be told, and what the life under
 * test asks for.
 *
 * No limit is set: who may not raise one would not be able to start it. What is
 * written has nothing that JSON would have to escape but the quotes of a
 * prelude.
 */
#include "oci/bundle.h"
#include "base/text.h"
#include "oci/seccomp.h"

#define BUNDLE_SIZE 65536

static void bundle_add_string(struct text *text, const char *string)
{
	text_add(text, "\"");
	for (; *string; string++) {
		text_add(text, *string == '"' || *string == '\\' ? "\\" : "");
		text_add_bytes(text, string, 1);
	}
	text_add(text, "\"");
}

static void bundle_add_list(struct text *text, const char *key,
			    const char *const *list)
{
	text_format(text, "\"%s\":[", key);
	for (size_t i = 0; list[i]; i++) {
		text_add(text, i > 0 ? "," : "");
		bundle_add_string(text, list[i]);
	}
	text_add(text, "]");
}

/* A user who is not root has none, whatever is in these. */
static void bundle_add_caps(struct text *text, const struct life *life)
{
	static const char *const sets[] = {"bounding", "effective",
					   "permitted"};
	const char *caps[32] = {NULL};
	size_t count = 0;

	for (; seccomp_caps[count]; count++)
		caps[count] = seccomp_caps[count];
	if (life->is_admin)
		caps[count] = "CAP_SYS_ADMIN";
	text_add(text, "\"capabilities\":{");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		text_add(text, i > 0 ? "," : "");
		bundle_add_list(text, sets[i], caps);
	}
	text_add(text, "},");
}

static void bundle_add_process(struct text *text, const struct life *life,
			       const char *const *command)
{
	text_format(text,
		    "\"process\":{\"terminal\":%s,\"cwd\":\"/\","
		    "\"user\":{\"uid\":%u,\"gid\":%u},"
		    "\"noNewPrivileges\":true,"
		    "\"env\":[\"PATH=/sbin:/bin\"],",
		    life->has_terminal ? "true" : "false", life->uid,
		    life->uid);
	bundle_add_caps(text, life);
	bundle_add_list(text, "args", command);
	text_add(text, "},");
}

static void bundle_add_linux(struct text *text,
			     const struct container *container,
			     const struct life *life)
{
	text_format(text,
		    "\"linux\":{\"cgroupsPath\":\"/%s\",\"namespaces\":["
		    "{\"type\":\"pid\"},{\"type\":\"mount\"},"
		    "{\"type\":\"ipc\"},{\"type\":\"uts\"},"
		    "{\"type\":\"network\"}]",
		    container->name);
	if (life->profile) {
		text_add(text, ",\"seccomp\":");
		seccomp_add(text, life->profile);
	}
	text_add(text, "}");
}

void bundle_write(const struct container *container, const struct life *life,
		  const char *const *command)
{
	_cleanup_free_ char *buffer = malloc(BUNDLE_SIZE);
	struct text text;

	assert_non_null(buffer);
	text_init(&text, buffer, BUNDLE_SIZE);
	text_format(&text,
		    "{\"ociVersion\":\"1.0.2\","
		    "\"root\":{\"path\":\"%s\",\"readonly\":%s},",
		    container->root, life->is_read_only ? "true" : "false");
	bundle_add_process(&text, life, command);
	text_add(&text,
		 "\"mounts\":["
		 "{\"destination\":\"/proc\",\"type\":\"proc\","
		 "\"source\":\"proc\"},"
		 "{\"destination\":\"/dev\",\"type\":\"tmpfs\","
		 "\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"mode=755\"]},"
		 "{\"destination\":\"/dev/pts\",\"type\":\"devpts\","
		 "\"source\":\"devpts\",\"options\":[\"newinstance\","
		 "\"ptmxmode=0666\"]}"
		 "],");
	bundle_add_linux(&text, container, life);
	text_add(&text, "}\n");
	assert_false(text.is_cut);
	(void)stage_file(container->stage, "config.json", buffer, 0644);
}
