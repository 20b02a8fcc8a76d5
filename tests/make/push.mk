# What the tests of src/push drive: a probe that sends what it is told, and the two loops that `make bench` compares.
PUSH_PROBES := $(B)/push/dispatch_probe $(B)/bench/curl_loop $(B)/bench/dispatch_bench

.PHONY: push-probes
push-probes: $(PUSH_PROBES)

$(B)/push/%: $(B)/obj/tests/push/%.o $(B)/libnudge.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS)
$(B)/bench/%: $(B)/obj/tests/bench/%.o $(B)/libnudge.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS)
