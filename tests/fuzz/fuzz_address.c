/*
 * fuzz_address.c - addresses of listeners: what is read can be written and read
 * again, every address is served only by who says so, and a socket's name is
 * what was asked for. Nothing is opened.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "fuzz/fuzz.h"
#include "proc/address.h"

#define ERROR_SIZE 256U

static int address_read(const char *string, struct address *ret_address,
			char buffer[ERROR_SIZE])
{
	struct text error;

	text_init(&error, buffer, ERROR_SIZE);
	return address_parse(string, ret_address, &error);
}

/* Some words for people, on one line, and no result. */
static void check_refused(const char *string)
{
	char buffer[ERROR_SIZE];
	struct address address;
	struct address before;
	int r;

	memset(&before, 0x5e, sizeof(before));
	memcpy(&address, &before, sizeof(before));
	r = address_read(string, &address, buffer);
	assert(r == -EINVAL || r == -ENAMETOOLONG);
	assert(memcmp(&address, &before, sizeof(before)) == 0);
	assert(buffer[0] != '\0');
	assert(!strchr(buffer, '\n'));
	if (r == -ENAMETOOLONG)
		assert(strncmp(string, "unix:", 5) == 0);
}

static void check_brackets(const char *string, const struct address *address)
{
	char digits[INET6_ADDRSTRLEN] = "";
	size_t length = strcspn(address->host, "%");
	struct in6_addr unused;

	assert(strncmp(string, "tcp:[", 5) == 0);
	assert(length < sizeof(digits));
	memcpy(digits, address->host, length);
	assert(inet_pton(AF_INET6, digits, &unused) == 1);
}

/* As it is written by us, it means the same. */
static void check_rewritten(const struct address *address)
{
	char buffer[ADDRESS_HOST_SIZE + 16];
	char error[ERROR_SIZE];
	struct address again;
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "tcp:");
	text_add(&text, strchr(address->host, ':') ? "[" : "");
	text_add(&text, address->host);
	text_add(&text, strchr(address->host, ':') ? "]:" : ":");
	text_add_u64(&text, address->port);
	assert(!text.is_cut);
	assert(address_read(buffer, &again, error) == 0);
	assert(again.kind == ADDRESS_TCP);
	assert(again.port == address->port);
	assert(strcmp(again.host, address->host) == 0);
}

static void check_tcp(const char *string, const struct address *address)
{
	assert(strncmp(string, "tcp:", 4) == 0);
	assert(strlen(address->host) < sizeof(address->host));
	assert(address->name_length == 0);
	if (address->host[0] == '\0')
		assert(strncmp(string, "tcp::", 5) == 0 ||
		       strncmp(string, "tcp:*:", 6) == 0);
	else
		assert(strstr(string, address->host));
	if (strchr(address->host, ':'))
		check_brackets(string, address);
	check_rewritten(address);
}

static void check_unix(const char *string, const struct address *address)
{
	const size_t head = offsetof(struct sockaddr_un, sun_path);
	const char *path = string + 5;
	const char *name = address->name.sun_path;
	size_t length = address->name_length - head;

	assert(strncmp(string, "unix:", 5) == 0);
	assert(address->name.sun_family == AF_UNIX);
	assert(address->name_length <= sizeof(address->name));
	assert(address->host[0] == '\0');
	if (*path == '/') {
		assert(length == strlen(path) + 1);
		assert(strcmp(name, path) == 0);
	} else {
		assert(*path == '@');
		assert(length == strlen(path));
		assert(length > 1); /* or the kernel would choose one */
		assert(name[0] == '\0');
		assert(memcmp(name + 1, path + 1, length - 1) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *string = fuzz_string(data, size);
	char buffer[ERROR_SIZE];
	struct address address;

	if (address_read(string, &address, buffer) < 0) {
		check_refused(string);
		return 0;
	}
	assert(buffer[0] == '\0');
	if (address.kind == ADDRESS_TCP)
		check_tcp(string, &address);
	else
		check_unix(string, &address);
	return 0;
}
