#!/bin/sh
# packages.sh SET… (build, test, lint, bench): installs the Debian packages of these sets that are missing. What is missing is found by looking for what is used of
# them, which takes some hundredths of a second: so there is nothing to remember, and what was installed in another way counts.
set -eu
PYTHON=${PYTHON:-/usr/bin/python3}

rows() {
    cat <<'END'
build gcc                  program gcc
build libc6-dev            file /usr/include/stdio.h
build make                 program make
build pkg-config           program pkg-config
build libevent-dev         module libevent libevent_openssl
build libhiredis-dev       module hiredis
build libcurl4-openssl-dev module libcurl
build libjansson-dev       module jansson
build libssl-dev           module libssl libcrypto
build libsystemd-dev       module libsystemd
build tzdata               file /usr/share/zoneinfo/Europe/Amsterdam
build ca-certificates      file /etc/ssl/certs/ca-certificates.crt
build redis-server         program redis-server
build python3              file /usr/bin/python3
test  libcmocka-dev        module cmocka
test  openssl              program openssl
test  util-linux           program prlimit
test  python3-pytest       python pytest
test  python3-redis        python redis
test  python3-shapely      python shapely
test  python3-jsonschema   python jsonschema
lint  clang                program clang
lint  clang-tidy           program clang-tidy
lint  clang-format         program clang-format
lint  cppcheck             program cppcheck
bench nginx-light          program nginx
END
}

is_there() {
    kind=$1
    shift
    case $kind in
    program) command -v "$1" >/dev/null || test -x "/usr/sbin/$1" ;;
    file) test -e "$1" ;;
    module) pkg-config --exists "$@" 2>/dev/null ;;
    python) "$PYTHON" -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec(sys.argv[1]))' "$1" 2>/dev/null ;;
    esac
}

missing() {
    rows | while read -r set package kind what; do
        case " $* " in *" $set "*) ;; *) continue ;; esac
        # shellcheck disable=SC2086 # several modules
        is_there "$kind" $what || echo "$package"
    done
}

as_root() {
    if test "$(id -u)" = 0; then "$@"; else sudo "$@"; fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}

# What apt knows may be old or nothing at all; it is asked to look again only when it fails.
install_packages() {
    apt install --no-install-recommends "$@" || { apt update && apt install --no-install-recommends "$@"; } || { cat "$log" >&2; return 1; }
}

POLICY=/usr/sbin/policy-rc.d
policy_put() {
    test ! -e $POLICY || return 0
    printf '#!/bin/sh\nexit 101\n' | as_root tee $POLICY >/dev/null
    as_root chmod 755 $POLICY
    ours=$POLICY
}

packages=$(missing "$@" | tr '\n' ' ')
test -n "$packages" || exit 0
command -v apt-get >/dev/null || { echo "missing, to be installed by hand: $packages" >&2; exit 1; }
echo "installing: $packages"
log=$(mktemp)
ours=
trap 'rm -f "$log"; test -z "$ours" || as_root rm -f "$ours"' EXIT
trap 'exit 130' INT TERM
policy_put # no service is started that was not there before
# shellcheck disable=SC2086
install_packages $packages
case " $packages " in *" redis-server "*)
    as_root systemctl --quiet disable redis-server.service 2>/dev/null || true
    echo "redis-server is installed, its service neither started nor enabled (systemctl enable --now redis-server)" ;;
esac
left=$(missing "$@" | tr '\n' ' ')
test -z "$left" || { echo "installed, yet not found: $left" >&2; exit 1; }
