"""README's list of options and conf/nudged.schema.json say what the table in the program says, and nothing else."""
import json

import probe
import pytest


@pytest.fixture(scope="module", autouse=True)
def built():
    probe.build()


def test_readme_lists_every_option_as_the_program_has_it():
    text = (probe.ROOT / "README.md").read_text()
    assert text.count("<!-- options -->") == 1 and text.count("<!-- /options -->") == 1
    listed = text.split("<!-- options -->")[1].split("<!-- /options -->")[0]
    assert listed.strip() == probe.ask("options_probe", "markdown").decode().strip()


def test_the_schema_is_what_the_table_says():
    assert (probe.ROOT / "conf/nudged.schema.json").read_text() == probe.ask("options_probe", "schema").decode()


def known(schema, value, path=""):
    """Every key of the file stands in the schema, with a value of the type said there. A validator for what the schema uses."""
    if "anyOf" in schema:
        errors = [list(known(one, value, path)) for one in schema["anyOf"]]
        if all(errors):
            yield f"{path}: fits none of {schema['anyOf']}"
        return
    if "enum" in schema and value not in schema["enum"] or "const" in schema and value is not schema["const"]:
        yield f"{path}: {value!r}"
    types = {"object": dict, "string": str, "integer": int, "array": list, "boolean": bool}
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        yield f"{path}: {value!r} is no {schema['type']}"
        return
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{path}.{key} is missing"
        for key, member in value.items():
            under = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            if under is False or under is None:
                yield f"{path}.{key} is not known"
            else:
                yield from known(under, member, f"{path}.{key}")
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from known(schema["items"], item, f"{path}[{i}]")


def test_the_configuration_that_is_shipped_fits_the_schema():
    schema = json.loads(probe.ask("options_probe", "schema"))
    conf = json.loads((probe.ROOT / "conf/nudged.json").read_text())
    assert list(known(schema, conf)) == []


def test_the_schema_refuses_what_the_program_refuses():
    schema = json.loads(probe.ask("options_probe", "schema"))
    for wrong in [{"leese": "3s"}, {"partitions": "4"}, {"clock": "evnts"}, {"providers": {"p": {}}}, {"admin": {"port": 1}},
                  {"quiet_hours": {"from": "21:00"}}, {"attributes": {"age": {"type": "number"}}}, {"frequency_cap": "1 per 1d"}]:
        assert list(known(schema, wrong)), wrong


def test_every_default_in_the_list_is_json():
    for line in probe.ask("options_probe", "markdown").decode().splitlines()[2:]:
        default = line.split("|")[3].strip().strip("`")
        if default and default != "required":
            json.loads(default)
