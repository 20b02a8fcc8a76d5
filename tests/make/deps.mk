# What building and testing need, as Debian packages; installed when missing.
BUILD_PACKAGES := gcc libc6-dev make pkg-config libevent-dev libhiredis-dev libcurl4-openssl-dev libjansson-dev libssl-dev libsystemd-dev tzdata ca-certificates
TEST_PACKAGES := libcmocka-dev redis-server python3 python3-redis python3-pytest python3-shapely
deps:
	@mkdir -p build
