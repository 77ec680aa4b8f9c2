# cppcheck knows nothing of the cleanup attribute: its leak checks are off, ASan
# and valgrind do that.

# Checks that are not tests, and the suites around them.

##  make lint            format, floors, purity, sizes, pages, static analysis
##  make format
##  make test-asan       every quick test with ASan and UBSan
##  make test-tsan       those of services with the sanitizer for threads
##  make coverage        lines covered, per floor
##  make valgrind        tests of base, policy and core, and a run of muster
##  make check           what scripts/check runs
##  make check-long      everything else too

C_FILES = $(shell find src include tools tests -name '*.[ch]')
TIDY_FILES = $(shell find src tools -name '*.c' -not -path 'tools/bench/*')

SHELL_FILES = $(filter-out %.mk,$(wildcard scripts/*)) .ci/run \
	$(wildcard tests/*/*.sh) tests/tools/check-man

.PHONY: format
format:
	clang-format -i $(C_FILES)

.PHONY: lint
lint: all $(BUILD)/libpolicy.a $(BUILD)/proc/child.o \
	$(BUILD)/proc/child_privs.o
	clang-format --dry-run --Werror $(C_FILES)
	sh scripts/check-floors
	sh scripts/check-pure $(BUILD)
	sh scripts/check-size
	sh tests/tools/check-man $(BUILD)/muster
	mandoc -Tlint -W warning $(PAGES)
	shellcheck -x $(SHELL_FILES)
	cppcheck --quiet --error-exitcode=1 --enable=warning,portability \
		--inline-suppr --suppress=missingIncludeSystem \
		--suppress=preprocessorErrorDirective \
		--suppress=memleak --suppress=resourceLeak \
		-Iinclude -Isrc -Itools -D__x86_64__ -D_GNU_SOURCE \
		-DMUSTER_VERSION='"x"' src $(wildcard tools/*.c)
	printf '%s\n' $(TIDY_FILES) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet \
		"$$@" -- -std=gnu11 -D_GNU_SOURCE -DMUSTER_VERSION=\"x\" \
		-Iinclude -Isrc -Itools 2>/dev/null' sh

.PHONY: test-asan
test-asan:
	$(MAKE) VARIANT=asan test

.PHONY: test-tsan
test-tsan:
	$(MAKE) VARIANT=tsan test-service-quick

.PHONY: coverage
coverage:
	$(MAKE) VARIANT=cov test
	sh scripts/coverage build/cov

.PHONY: valgrind
valgrind: all $(call test_programs,base) $(call test_programs,policy) \
		$(call test_programs,core)
	sh scripts/valgrind $(BUILD)

.PHONY: check
check:
	sh scripts/check

.PHONY: check-long
check-long: check valgrind coverage test-tools-all
	$(MAKE) VARIANT=asan test-tools
	SIM_TURNS=2000000 $(BUILD)/tests/sim/test_sim
