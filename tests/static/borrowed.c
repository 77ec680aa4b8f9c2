/*
 * borrowed.c - a program with musl and Debian's libcap, which is made for
 * glibc: links, names capabilities as libcap should, and dies where there is
 * no room. Says so; test_static.c listens.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

int __sprintf_chk(char *string, int flag, size_t room, const char *format, ...);

/* Its names go through asprintf and sprintf. */
static void say_capabilities(void)
{
	cap_t caps = cap_from_text("cap_kill,cap_sys_admin=ep");
	char *text = caps ? cap_to_text(caps, NULL) : NULL;
	char *name = cap_to_name(63);

	printf("%s and %s\n", text ? text : "none", name ? name : "none");
	(void)cap_free(text);
	(void)cap_free(name);
	(void)cap_free(caps);
}

int main(int argc, char **argv)
{
	char room[4] = "";

	if (argc > 1 && strcmp(argv[1], "sprintf") == 0)
		return __sprintf_chk(room, 1, sizeof(room), "%d", 1000);
	say_capabilities();
	printf("%d %s\n", __sprintf_chk(room, 1, sizeof(room), "%d", 999),
	       room);
	return 0;
}
