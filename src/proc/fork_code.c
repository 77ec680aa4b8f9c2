/*
 * fork_code.c - of a mapping of a file in which no page was ever written to,
 * fork(2) copies no page table: faults would fill it as well (vma_needs_copy in
 * the kernel's mm/memory.c). They do, 64 KiB each; a worker takes two dozen of
 * them before its start() is called, which is a tenth of its time to get there.
 * Where the mapping has a page of its own the table is copied: so one byte of
 * each is written, as it is.
 */
#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/fd.h"
#include "proc/fork_code.h"

/* What is there is copied at every fork, for some 20 ns a page. Of what is
 * large a worker's first steps use little. */
#define FORK_CODE_SEGMENT_MAX (UINT64_C(2) << 20)
#define FORK_CODE_MAX (UINT64_C(16) << 20)

struct fork_code {
	int memory_fd;
	uint64_t taken; /* bytes */
};

/* By the kernel's hand: at no moment could we write there ourselves, which a
 * policy might forbid. */
static void fork_code_take(struct fork_code *code, const void *segment,
			   uint64_t size)
{
	if (size == 0 || size > FORK_CODE_SEGMENT_MAX ||
	    size > FORK_CODE_MAX - code->taken)
		return;
	if (pwrite(code->memory_fd, segment, 1, (off_t)(uintptr_t)segment) == 1)
		code->taken += size;
}

/* What may be written to was, by whoever relocated it. The kernel's own object
 * (vdso(7)) stays the kernel's. */
static int fork_code_visit(struct dl_phdr_info *object, size_t size, void *data)
{
	(void)size;
	for (ElfW(Half) i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t address = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD &&
		    (segment->p_flags & (PF_R | PF_W)) == PF_R &&
		    address != getauxval(AT_SYSINFO_EHDR))
			fork_code_take(data, (const void *)address,
				       segment->p_memsz);
	}
	return 0;
}

void fork_code_share(void)
{
	struct fork_code code = {
		.memory_fd = open("/proc/self/mem", O_WRONLY | O_CLOEXEC),
	};

	if (code.memory_fd < 0)
		return;
	(void)dl_iterate_phdr(fork_code_visit, &code);
	(void)fd_close(code.memory_fd);
}
