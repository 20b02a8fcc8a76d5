# What building and running, testing, checking and measuring need, as Debian packages; installed when missing (tests/make/packages.sh has the table).
PYTHON ?= /usr/bin/python3

.PHONY: deps test-deps lint-deps bench-deps
deps:
	@PYTHON=$(PYTHON) tests/make/packages.sh build
test-deps:
	@PYTHON=$(PYTHON) tests/make/packages.sh build test
lint-deps:
	@PYTHON=$(PYTHON) tests/make/packages.sh build lint
bench-deps:
	@PYTHON=$(PYTHON) tests/make/packages.sh build bench
