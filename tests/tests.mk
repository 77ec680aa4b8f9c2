# Tests mirror the house. Every tests/FLOOR/test_X.c is one cmocka program that
# links that floor and the ones below.

##  make test            every quick test
##  make test-FLOOR      those of one floor: base policy loop proc core ...

TEST_CFLAGS = $(filter-out -Wmissing-prototypes -Wnull-dereference,$(ALL_CFLAGS)) \
	-Itests
TEST_FLOORS := base policy kernel loop proc core

test_programs = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/$(1)/test_*.c))

define test_rules
$$(BUILD)/tests/$(1)/%: tests/$(1)/%.c $$(foreach f,$$(BELOW_$(1)),$$(BUILD)/lib$$(f).a)
	@mkdir -p $$(@D)
	$$(CC) $$(TEST_CFLAGS) -o $$@ $$< $$(filter %.a,$$^) $$(ALL_LDFLAGS) \
		-lcmocka $$(URING_LIBS)
.PHONY: test-$(1)
test-$(1): $$(call test_programs,$(1))
	sh scripts/run-tests $$^
endef
$(foreach f,$(TEST_FLOORS),$(eval $(call test_rules,$(f))))

ALL_TESTS = $(foreach f,$(TEST_FLOORS),$(call test_programs,$(f)))

.PHONY: test
test: all $(ALL_TESTS)
	sh scripts/run-tests $(ALL_TESTS)
