/*
 * test_fork_code.c - whether a forked child has the code that its parent had,
 * before it runs any of it.
 */
#include <link.h>

#include "base/fd_child.h"
#include "kernel/pagemap.h"
#include "proc/fork_code.h"
#include "proc/forked.h"

/* The code of the C library, which is mapped in one piece. */
struct code {
	const unsigned char *begin;
	size_t pages;
};

static int find_code(struct dl_phdr_info *object, size_t size, void *data)
{
	struct code *code = data;
	uintptr_t wanted = (uintptr_t)&strverscmp;

	(void)size;
	for (ElfW(Half) i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t begin = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD || wanted < begin ||
		    wanted >= begin + segment->p_memsz)
			continue;
		begin -= begin % PAGEMAP_PAGE;
		code->begin = (const unsigned char *)begin;
		code->pages = segment->p_memsz / PAGEMAP_PAGE;
	}
	return 0;
}

/* Of all its bytes; it is all there after that. */
static uint64_t sum_code(const struct code *code)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < code->pages * PAGEMAP_PAGE; i++)
		sum = sum * 31 + code->begin[i];
	return sum;
}

static int child_has_all(const struct code *code, bool has_all)
{
	siginfo_t end;
	pid_t pid = fork();

	if (pid == 0)
		_exit((pagemap_count(code->begin, code->pages) ==
		       (ssize_t)code->pages) == has_all
			      ? FORKED_STATUS
			      : 1);
	CHILD_CHECK(pid > 0);
	end = child_end(pid);
	CHILD_CHECK(end.si_code == CLD_EXITED);
	CHILD_CHECK(end.si_status == FORKED_STATUS);
	return 0;
}

static int look_before_and_after(bool is_ours)
{
	struct code code = {.pages = 0};
	uint64_t sum;

	(void)dl_iterate_phdr(find_code, &code);
	CHILD_CHECK(code.pages > 32);
	sum = sum_code(&code);
	if (pagemap_count(code.begin, code.pages) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(child_has_all(&code, false) == 0);
	fork_prepare(is_ours);
	CHILD_CHECK(child_has_all(&code, is_ours) == 0);
	CHILD_CHECK(sum_code(&code) == sum);
	return 0;
}

static int share(void)
{
	return pagemap_write("a constant") ? look_before_and_after(true)
					   : CHILD_SKIP;
}

static int leave_alone(void)
{
	return look_before_and_after(false);
}

static void a_child_has_the_code_at_once(void **state)
{
	(void)state;
	in_child(share);
}

static void a_process_that_is_not_ours_is_left_alone(void **state)
{
	(void)state;
	in_child(leave_alone);
}

/* Nothing of it is needed, and nothing is left of a try. */
static int share_without_descriptors(void)
{
	int before = count_open();

	fork_code_share();
	CHILD_CHECK(count_open() == before);
	CHILD_CHECK(limit_numbers(0) == 0);
	fork_code_share();
	CHILD_CHECK(count_open() == before);
	return 0;
}

static void without_a_descriptor_it_is_done_without(void **state)
{
	(void)state;
	in_child(share_without_descriptors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_the_code_at_once),
		cmocka_unit_test(a_process_that_is_not_ours_is_left_alone),
		cmocka_unit_test(without_a_descriptor_it_is_done_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
