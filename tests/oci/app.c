/*
 * app.c - what README.md's image is around: it serves until it is told to stop,
 * whatever it was told before.
 */
#include <signal.h>
#include <unistd.h>

static void app_stop(int signo)
{
	static const char text[] = "app: stopped\n";

	(void)signo;
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	_exit(0);
}

int main(void)
{
	static const char text[] = "app: serves\n";

	(void)signal(SIGTERM, app_stop);
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	for (;;)
		(void)pause();
}
