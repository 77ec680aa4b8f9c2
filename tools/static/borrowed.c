/*
 * borrowed.c - functions that archives made for glibc call, for the program
 * with musl: those of stdio that check for room (_FORTIFY_SOURCE) and are
 * glibc's alone. They check no less here. An archive of its own: who does not
 * call them does not have them.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int __asprintf_chk(char **ret_string, int flag, const char *format, ...);
int __sprintf_chk(char *string, int flag, size_t room, const char *format, ...);

int __asprintf_chk(char **ret_string, int flag, const char *format, ...)
{
	va_list arguments;
	int length;

	(void)flag; /* about %n, which musl does not forbid */
	va_start(arguments, format);
	length = vasprintf(ret_string, format, arguments);
	va_end(arguments);
	return length;
}

/* Without a known end there is room for more than musl takes for a size. */
int __sprintf_chk(char *string, int flag, size_t room, const char *format, ...)
{
	va_list arguments;
	int length;

	(void)flag;
	va_start(arguments, format);
	length = vsnprintf(string, room < INT_MAX ? room : INT_MAX, format,
			   arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length >= room)
		abort();
	return length;
}
