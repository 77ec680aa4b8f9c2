# An init in real containers (tests/oci/test.sh), on the stage of tests/tools.
# One program has the stories; it is told the runtime under test by the name
# that the script is installed under.

##  make test-oci        muster as PID 1 under runc, crun, podman, unshare, and
##                      what scripts/conform finds in any init

OCI_BUILD := $(BUILD)/tests/oci
OCI_RUNTIMES := podman podman_kube runc crun unshare unshare_user
OCI_STORIES := $(OCI_RUNTIMES:%=$(OCI_BUILD)/test_%)
OCI_TESTS := $(OCI_BUILD)/test_conform $(OCI_STORIES)
OCI_RUNS := $(OCI_TESTS:$(OCI_BUILD)/test_%=test-oci-%)
OCI_SOURCES := stories container runtime bundle seccomp
OCI_OBJECTS := $(OCI_SOURCES:%=$(OCI_BUILD)/%.o)
CONFORM_OBJECTS := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard \
	tests/oci/conform*.c)) $(OCI_BUILD)/trial.o

# There is no C library in the containers' file systems.
$(OCI_BUILD)/worker: $(wildcard tests/tools/worker*.[ch])
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(TEST_CFLAGS)) -fno-sanitize=all \
		-static -o $@ $(filter %.c,$^)
$(OCI_BUILD)/app: tests/oci/app.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(TEST_CFLAGS)) -fno-sanitize=all \
		-static -o $@ $<
$(OCI_BUILD)/%.o: tests/oci/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -c -o $@ $<
$(OCI_BUILD)/stories: $(OCI_OBJECTS) $(TOOLS_HELPERS) $(BUILD)/libbase.a
	$(Q)$(CC) -o $@ $^ $(ALL_LDFLAGS) -lcmocka
$(OCI_BUILD)/conform: $(CONFORM_OBJECTS) $(TOOLS_HELPERS) $(BUILD)/libbase.a
	$(Q)$(CC) -o $@ $^ $(ALL_LDFLAGS) -lcmocka
$(OCI_BUILD)/worst: tests/oci/worst.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(TEST_CFLAGS)) -fno-sanitize=all \
		-o $@ $<
$(OCI_BUILD)/test_conform: tests/oci/conform.sh $(OCI_BUILD)/conform \
		$(OCI_BUILD)/worst $(OCI_BUILD)/worker
	$(Q)install -m 755 $< $@
$(OCI_STORIES): tests/oci/test.sh $(OCI_BUILD)/stories $(OCI_BUILD)/worker \
		$(OCI_BUILD)/app $(BUILD)/muster
	$(Q)install -m 755 $< $@

.PHONY: test-oci-programs
test-oci-programs: $(OCI_TESTS)
.PHONY: test-oci
test-oci: static test-oci-programs
	sh scripts/deps runc crun podman conmon busybox-static util-linux || \
		echo "test-oci: what needs these is left out"
	$(MAKE) -s -k -j4 -Otarget $(OCI_RUNS)
# At the same time, the long ones first: some wait for what does not come while
# others work.
.PHONY: $(OCI_RUNS)
$(OCI_RUNS): test-oci-%: $(OCI_BUILD)/test_%
	TEST_TIMEOUT=300 sh scripts/run-tests $<
