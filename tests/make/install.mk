# make install [DESTDIR=…] [PREFIX=…]: programs, units, a first configuration. What is there of the configuration stays as it is; sample
# campaigns come with the first installation only, so that those taken away do not come back.
CONF_TO = $(DESTDIR)$(SYSCONFDIR)/nudge
DOC_TO = $(DESTDIR)$(PREFIX)/share/doc/nudge
UNIT_SED = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g'

install: $(B)/nudged $(B)/nudgectl
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(UNITDIR) $(CONF_TO) $(DOC_TO)
	install -m 755 $(B)/nudged $(B)/nudgectl $(DESTDIR)$(PREFIX)/bin
	$(UNIT_SED) systemd/nudged.service > $(DESTDIR)$(UNITDIR)/nudged.service
	$(UNIT_SED) -e '/^#.*nudged@/,/^\[Unit\]/{/^#/d}' -e '/^ExecStart=/s|nudged\.json|nudged-%i.json|' \
		-e '/^Description=/s|$$| (%i)|' systemd/nudged.service > $(DESTDIR)$(UNITDIR)/nudged@.service
	chmod 644 $(DESTDIR)$(UNITDIR)/nudged.service $(DESTDIR)$(UNITDIR)/nudged@.service
	install -m 644 conf/README.md $(DOC_TO)/campaigns.md
	install -m 644 conf/*.schema.json $(CONF_TO)
	test -e $(CONF_TO)/nudged.json || install -m 644 conf/nudged.json $(CONF_TO)
	for folder in campaigns segments stores; do \
		test -e $(CONF_TO)/$$folder && continue; \
		install -d $(CONF_TO)/$$folder; \
		for file in conf/$$folder/*; do test ! -f "$$file" || install -m 644 "$$file" $(CONF_TO)/$$folder || exit 1; done; \
	done

# The configuration stays.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/nudged $(DESTDIR)$(PREFIX)/bin/nudgectl $(DOC_TO)/campaigns.md
	rm -f $(DESTDIR)$(UNITDIR)/nudged.service $(DESTDIR)$(UNITDIR)/nudged@.service
	-rmdir $(DOC_TO)
