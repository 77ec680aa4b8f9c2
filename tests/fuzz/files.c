/*
 * files.c - files, CPUs, users and groups that are made up.
 */
#include <errno.h>

#include "cpus.h"
#include "file.h"
#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "identity.h"

static const char *files_data;
static size_t files_length;

void files_set(const char *data, size_t length)
{
	files_data = data;
	files_length = length;
}

int file_read(const char *path, size_t limit, char **ret_data,
	      size_t *ret_length)
{
	bool is_config = files_data && strcmp(path, FILES_CONFIG) == 0;
	const char *data = is_config ? files_data : path;
	size_t length = is_config ? files_length : strlen(path);
	char *copy;

	if (path[0] == '/' || path[0] == '\0')
		return -ENOENT;
	if (length > limit)
		return -EFBIG;
	if (is_config)
		files_data = NULL;
	copy = malloc(length + 1);
	assert(copy);
	if (length > 0)
		memcpy(copy, data, length);
	copy[length] = '\0';
	*ret_data = copy;
	*ret_length = length;
	return 0;
}

const char *file_error(int error)
{
	return strerror(-error);
}

uint32_t cpus_allowed(void)
{
	return 4;
}

int identity_parse_group(const char *value, uint32_t *ret_gid,
			 struct text *error)
{
	if (value[0] == 'x') {
		text_format(error, "there is no group \"%.64s\"", value);
		return -EINVAL;
	}
	*ret_gid = (uint32_t)strlen(value);
	return 0;
}

/* A group's name behind a colon, or as many groups as the user is. */
int identity_parse_user(const char *value, struct identity *ret_identity,
			struct text *error)
{
	const char *colon = strchr(value, ':');
	struct identity identity = {
		.uid = (uint32_t)strcspn(value, ":"),
		.has_gid = true,
	};
	int r = identity_parse_group(colon ? colon + 1 : value, &identity.gid,
				     error);

	if (r < 0)
		return r;
	identity.group_count = colon ? 0 : identity.uid % 4;
	identity.groups = calloc(4, sizeof(uint32_t));
	assert(identity.groups);
	*ret_identity = identity;
	return 0;
}

void identity_fini(struct identity *identity)
{
	free(identity->groups);
	*identity = (struct identity){0};
}
