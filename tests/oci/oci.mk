# An init in real containers (tests/oci/test.sh), on the stage of tests/tools.
# One program has the stories; it is told the runtime under test by the name
# that the script is installed under.

##  make test-oci        muster as PID 1 under runc, crun, podman, unshare

OCI_BUILD := $(BUILD)/tests/oci
OCI_RUNTIMES := runc crun podman unshare unshare_user
OCI_TESTS := $(OCI_RUNTIMES:%=$(OCI_BUILD)/test_%)
OCI_SOURCES := stories container runtime bundle seccomp
OCI_OBJECTS := $(OCI_SOURCES:%=$(OCI_BUILD)/%.o)

# There is no C library in the container's file system.
$(OCI_BUILD)/worker: $(wildcard tests/tools/worker*.[ch])
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(TEST_CFLAGS)) -fno-sanitize=all \
		-static -o $@ $(filter %.c,$^)
$(OCI_BUILD)/%.o: tests/oci/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -c -o $@ $<
$(OCI_BUILD)/stories: $(OCI_OBJECTS) $(TOOLS_HELPERS) $(BUILD)/libbase.a
	$(Q)$(CC) -o $@ $^ $(ALL_LDFLAGS) -lcmocka
$(OCI_TESTS): tests/oci/test.sh $(OCI_BUILD)/stories $(OCI_BUILD)/worker \
		$(BUILD)/muster
	$(Q)install -m 755 $< $@

.PHONY: test-oci-programs
test-oci-programs: $(OCI_TESTS)
.PHONY: test-oci
test-oci: test-oci-programs
	sh scripts/deps runc crun podman busybox-static util-linux || \
		echo "test-oci: what needs these is left out"
	sh scripts/run-tests $(OCI_TESTS)
