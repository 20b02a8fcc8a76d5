"""`make install` into a folder of the test's own: the tree, the units, what an upgrade leaves alone."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANALYZE = shutil.which("systemd-analyze")
EXPOSURE_MAX = 1.2  # redis-server's own


def make(target, tree, *args):
    subprocess.run(["make", "-s", "-C", ROOT, target, f"DESTDIR={tree}", *args], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    tree = tmp_path_factory.mktemp("installed")
    make("install", tree)
    return tree


def test_the_tree(installed):
    for path, mode in [("usr/local/bin/nudged", 0o755), ("usr/local/bin/nudgectl", 0o755), ("etc/systemd/system/nudged.service", 0o644),
                       ("etc/systemd/system/nudged@.service", 0o644), ("etc/nudge/nudged.json", 0o644),
                       ("etc/nudge/nudged.schema.json", 0o644), ("usr/local/share/doc/nudge/campaigns.md", 0o644)]:
        assert (installed / path).is_file(), path
        assert (installed / path).stat().st_mode & 0o777 == mode, path
    for folder in ["campaigns", "segments", "stores"]:
        assert (installed / "etc/nudge" / folder).is_dir()


def test_the_configuration_that_is_installed_is_right(installed):
    done = subprocess.run([installed / "usr/local/bin/nudgectl", "check", "--json", "-c", installed / "etc/nudge/nudged.json"],
                          stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stdout.decode()
    assert json.loads(done.stdout)["ok"] is True


def test_units_name_what_was_installed(installed):
    one = (installed / "etc/systemd/system/nudged.service").read_text()
    many = (installed / "etc/systemd/system/nudged@.service").read_text()
    assert "ExecStart=/usr/local/bin/nudged -c /etc/nudge/nudged.json\n" in one
    assert "ExecStart=/usr/local/bin/nudged -c /etc/nudge/nudged-%i.json\n" in many
    assert "@PREFIX@" not in one + many and "@SYSCONFDIR@" not in one + many
    assert one.split("[Service]")[1].replace("nudged.json", "nudged-%i.json", 2).split("LimitNOFILE")[1] == many.split("LimitNOFILE")[1]


def test_another_prefix(tmp_path):
    make("install", tmp_path, "PREFIX=/usr", "SYSCONFDIR=/usr/local/etc")
    assert (tmp_path / "usr/bin/nudged").is_file()
    unit = (tmp_path / "lib/systemd/system/nudged.service").read_text()
    assert "ExecStart=/usr/bin/nudged -c /usr/local/etc/nudge/nudged.json\n" in unit
    assert (tmp_path / "usr/local/etc/nudge/nudged.json").is_file()


def test_an_upgrade_changes_nothing_that_is_the_users(tmp_path):
    make("install", tmp_path)
    conf = tmp_path / "etc/nudge"
    (conf / "nudged.json").write_text('{"prefix": "mine"}')
    (conf / "campaigns/mine.json").write_text("{}")
    for sample in (conf / "stores").iterdir():
        sample.unlink()
    (conf / "nudged.schema.json").write_text("old")
    make("install", tmp_path)
    assert (conf / "nudged.json").read_text() == '{"prefix": "mine"}'
    assert (conf / "campaigns/mine.json").read_text() == "{}"
    assert list((conf / "stores").iterdir()) == []
    assert (conf / "nudged.schema.json").read_text() != "old"


def test_uninstalling_leaves_the_configuration(tmp_path):
    make("install", tmp_path)
    make("uninstall", tmp_path)
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert "etc/nudge/nudged.json" in left
    assert all(path.startswith("etc/nudge/") for path in left), left


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", ["nudged.service", "nudged@.service"])
def test_systemd_understands_the_unit(installed, tmp_path, unit):
    text = (installed / "etc/systemd/system" / unit).read_text()
    path = tmp_path / unit.replace("@.", "@2.")
    path.write_text(re.sub(r"^ExecStart=/usr/local", f"ExecStart={installed}/usr/local", text, flags=re.M))
    done = subprocess.run([ANALYZE, "verify", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    ours = [line for line in done.stdout.decode().splitlines() if "nudged" in line]
    assert ours == []


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")
def test_the_sandbox_is_as_tight_as_that_of_redis(installed):
    unit = installed / "etc/systemd/system/nudged.service"
    done = subprocess.run([ANALYZE, "security", "--offline=true", "--no-pager", unit], stdout=subprocess.PIPE, check=True)
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout.decode())[1])
    assert exposure <= EXPOSURE_MAX
