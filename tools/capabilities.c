/*
 * capabilities.c - names to numbers, which libcap knows. Asks the kernel which
 * of them we have, and changes none.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/capname.h"
#include "base/parse.h"
#include "base/text.h"
#include "capabilities.h"

#define CAPABILITIES_NAME_MAX 64U

/* libcap takes what follows a name, and numbers in three bases. */
static int capability_parse(const char *word, uint64_t *ret_set)
{
	char name[CAPABILITIES_NAME_MAX];
	struct text text;
	cap_value_t value;
	uint64_t number;

	if (parse_u64_range(word, 0, 63, &number) == 0) {
		*ret_set |= UINT64_C(1) << number;
		return 0;
	}
	for (const char *letter = word; *letter; letter++)
		if (!isalpha((unsigned char)*letter) && *letter != '_')
			return -EINVAL;
	text_init(&text, name, sizeof(name));
	text_add(&text, strncasecmp(word, "cap_", 4) == 0 ? "" : "cap_");
	text_add(&text, word);
	for (size_t i = 0; i < text.length; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	if (text.is_cut || cap_from_name(name, &value) < 0 || value > 63)
		return -EINVAL;
	*ret_set |= UINT64_C(1) << value;
	return 0;
}

int capabilities_parse(const char *value, uint64_t *ret_set)
{
	uint64_t set = 0;
	int r = 0;

	if (strcasecmp(value, "all") == 0)
		set = UINT64_MAX;
	else if (strcasecmp(value, "none") != 0)
		for (const char *rest = value; r == 0 && rest;) {
			char word[CAPABILITIES_NAME_MAX];
			size_t length = strcspn(rest, ",");

			if (length >= sizeof(word))
				return -EINVAL;
			memcpy(word, rest, length);
			word[length] = '\0';
			r = capability_parse(word, &set);
			rest = rest[length] ? rest + length + 1 : NULL;
		}
	if (r == 0)
		*ret_set = set;
	return r;
}

static void capability_format(struct text *text, unsigned int number)
{
	const char *name = capname_get(number);

	if (name)
		text_add(text, name);
	else
		text_add_u64(text, number);
}

void capabilities_format(struct text *text, uint64_t set)
{
	bool is_first = true;

	for (unsigned int i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		if (!is_first)
			text_add(text, ",");
		capability_format(text, i);
		is_first = false;
	}
}

uint64_t capabilities_held(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];
	uint64_t held = 0;

	if (syscall(SYS_capget, &header, sets) < 0)
		return 0;
	for (unsigned int i = 0; i < 64; i++)
		if (sets[i / 32].permitted >> i % 32 & 1 &&
		    cap_get_bound((cap_value_t)i) == CAP_SET)
			held |= UINT64_C(1) << i;
	return held;
}
