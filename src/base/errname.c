/*
 * errname.c - the table of errno names. Those that the kernel's calls answer
 * here, or a filter might.
 *
 * Pure: looks up, nothing else. The numbers come from the system's headers, as
 * they differ between processors.
 */
#include <errno.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/errname.h"

#define NAMED(name) [name] = #name

/* clang-format off */
static const char *const errnames[] = {
	NAMED(EPERM),     NAMED(ENOENT),     NAMED(ESRCH),   NAMED(EINTR),
	NAMED(EIO),       NAMED(ENXIO),      NAMED(E2BIG),   NAMED(ENOEXEC),
	NAMED(EBADF),     NAMED(ECHILD),     NAMED(EAGAIN),  NAMED(ENOMEM),
	NAMED(EACCES),    NAMED(EFAULT),     NAMED(EBUSY),   NAMED(EEXIST),
	NAMED(EXDEV),     NAMED(ENODEV),     NAMED(ENOTDIR), NAMED(EISDIR),
	NAMED(EINVAL),    NAMED(ENFILE),     NAMED(EMFILE),  NAMED(ENOTTY),
	NAMED(ETXTBSY),   NAMED(EFBIG),      NAMED(ENOSPC),  NAMED(ESPIPE),
	NAMED(EROFS),     NAMED(EMLINK),     NAMED(EPIPE),   NAMED(EDOM),
	NAMED(ERANGE),    NAMED(EDEADLK),    NAMED(ENAMETOOLONG),
	NAMED(ENOLCK),    NAMED(ENOSYS),     NAMED(ELOOP),   NAMED(ETIME),
	NAMED(EPROTO),    NAMED(EOVERFLOW),  NAMED(EUSERS),
	NAMED(EOPNOTSUPP), NAMED(ETIMEDOUT), NAMED(ECANCELED),
};
/* clang-format on */

const char *errname_get(int error)
{
	if (error < 0 || (size_t)error >= ARRAY_LEN(errnames))
		return NULL;
	return errnames[error];
}
