# make run [REDIS=redis://host:port/db] [CAMPAIGNS=folder]: everything on sample data, live, with a Redis of its own unless one is given.
REDIS ?=
CAMPAIGNS ?=

run: all
	@exec $(PYTHON) tests/demo/run.py --build "$(B)" --redis "$(REDIS)" --campaigns "$(CAMPAIGNS)"
