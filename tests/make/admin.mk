# The admin server alone, for tests/admin; and the schema of nudged.json, from the table of options.
admin-probes: $(B)/admin/admin_probe
$(B)/admin/%: $(B)/obj/tests/admin/%.o $(B)/libnudge.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDLIBS)

schema: $(B)/compare/options_probe
	$(B)/compare/options_probe schema > conf/nudged.schema.json
.PHONY: admin-probes schema
