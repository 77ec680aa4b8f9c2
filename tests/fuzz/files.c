/*
 * files.c - files and CPUs that are made up.
 */
#include <errno.h>

#include "cpus.h"
#include "file.h"
#include "fuzz/files.h"
#include "fuzz/fuzz.h"

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
