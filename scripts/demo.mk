# What scripts/demo needs besides the program (tools/demo/load.c says why).

##  make demo            a real server's workers are killed under load (10 s)

$(BUILD)/demo/%.o: tools/demo/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIE -c -o $@ $<

$(BUILD)/demo/load: $(BUILD)/demo/load.o $(BUILD)/libbase.a
	$(Q)$(CC) -pie -o $@ $^ $(ALL_LDFLAGS)

.PHONY: demo-programs
demo-programs: $(BUILD)/demo/load

.PHONY: demo
demo:
	sh scripts/demo
