"""Does README tell the truth about what can be asked of a running daemon?"""
import re
import subprocess

from load import CAMPAIGNS, SETTINGS, Load
from servers import BUILD, ROOT
from waiting import PATIENCE

README = (ROOT / "README.md").read_text()


def between(name):
    return re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.S).group(1)


def test_is_the_list_of_reasons_that_of_the_program():
    header = (ROOT / "include/nudge/reason.h").read_text()
    rows = re.findall(r'X\(\d+, \w+, "(\w+)", "([^"]+)"\)', header)
    assert between("reasons") == "".join(f"| `{name}` | {help} |\n" for name, help in rows)


def test_are_the_rights_in_redis_enough(site):
    rights = between("acl").strip().strip("`").strip().replace(">SECRET", ">secret").split()
    here = site(campaigns=CAMPAIGNS, redis_user="nudged", redis_password_file="password", **SETTINGS)
    (here.folder / "password").write_text("secret\n")
    here.client.execute_command(*rights)
    load = Load(here)
    here.start().ready()
    load.publish(300)
    load.verify()
    assert "NOPERM" not in here.daemons["a"].log
    for command in (["status"], ["dead"], ["customer", load.customers[0]]):
        done = subprocess.run([BUILD / "nudgectl", *command, "-c", here.daemons["a"].config], capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0 and b"NOPERM" not in done.stderr + done.stdout, (command, done.stdout, done.stderr)
