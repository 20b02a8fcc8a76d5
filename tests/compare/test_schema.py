"""The JSON Schemas of campaigns and segments say what the parser knows, word for word, and accept what it accepts."""
import copy
import json

import pytest

import probe

jsonschema = pytest.importorskip("jsonschema")
CONF = probe.ROOT / "conf"
INVALID = probe.ROOT / "tests" / "invalid"


@pytest.fixture(scope="session")
def tables():
    probe.build()
    lines = probe.ask("language_probe").decode().splitlines()
    return {name: set(words) for name, *words in map(str.split, lines)}


def load(name):
    return json.loads((CONF / name).read_text())


CAMPAIGN = load("campaign.schema.json")


def segment_schema():
    """The segment's schema with the campaign's definitions in it, so that nothing must be fetched."""
    text = json.dumps(load("segment.schema.json")).replace("campaign.schema.json#", "#")
    return {**json.loads(text), "$defs": copy.deepcopy(CAMPAIGN["$defs"])}


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def definition(name):
    roots = {"campaign": CAMPAIGN, "segment": segment_schema()}
    return roots.get(name) or CAMPAIGN["$defs"][name]


def objects(schema):
    """Every schema of an object with properties, with the way to it."""
    stack = [("", schema)]
    while stack:
        way, at = stack.pop()
        if isinstance(at, dict):
            if isinstance(at.get("properties"), dict) and at.get("type") == "object":
                yield way, at
            stack += [(f"{way}/{key}", value) for key, value in at.items()]
        elif isinstance(at, list):
            stack += [(f"{way}/{i}", value) for i, value in enumerate(at)]


def test_each_table_of_keys_is_a_definition_with_the_same_words(tables):
    for name in tables.keys() - {"comparisons"}:
        assert set(definition(name)["properties"]) == tables[name], name


def test_counts_and_sums_take_the_comparisons(tables):
    times = CAMPAIGN["$defs"]["times"]["oneOf"][1]
    assert set(times["properties"]) == tables["comparisons"]
    for measure in ("sum", "average", "min", "max"):
        found = CAMPAIGN["$defs"]["condition-performed"]["properties"][measure]
        assert set(found["properties"]) == tables["comparisons"] | {"property"}, measure


def test_conditions_and_triggers_are_those_of_the_tables(tables):
    def named(refs):
        return {ref["$ref"].rsplit("/", 1)[1] for ref in refs}
    assert named(CAMPAIGN["$defs"]["condition"]["oneOf"]) == {name for name in tables if name.startswith("condition-")}
    assert named(CAMPAIGN["properties"]["trigger"]["oneOf"]) == {name for name in tables if name.startswith("trigger-")}


@pytest.mark.parametrize("schema", [CAMPAIGN, segment_schema()], ids=["campaign", "segment"])
def test_no_object_takes_other_words_and_each_word_is_explained(schema):
    for way, found in objects(schema):
        assert found["additionalProperties"] is False, way
        assert "description" in found, way
        for name, value in found["properties"].items():
            target = CAMPAIGN["$defs"][value["$ref"].rsplit("/", 1)[1]] if "$ref" in value else {}
            assert value.get("description") or target.get("description"), f"{way}: {name}"


@pytest.mark.parametrize("path", sorted((CONF / "campaigns").glob("*.json")), ids=lambda path: path.stem)
def test_sample_campaigns_pass(path):
    validator(CAMPAIGN).validate(json.loads(path.read_text()))


@pytest.mark.parametrize("path", sorted((CONF / "segments").glob("*.json")), ids=lambda path: path.stem)
def test_sample_segments_pass(path):
    validator(segment_schema()).validate(json.loads(path.read_text()))


# Mistakes that no schema can see: they are about other files, the calendar, or two words together.
BEYOND = {"attribute-not-declared", "ends-before-it-starts", "expires-within-delay", "name-twice", "quiet-hours-of-nothing",
          "schedule-bad-time", "schedule-zone-and-offset", "segment-with-errors", "too-deep", "template-mistakes", "unknown-area",
          "unknown-provider"}


def mistakes():
    """Campaigns with errors (not just warnings) that are JSON."""
    for folder in sorted(INVALID.iterdir()):
        source = folder / "input.json"
        lines = (folder / "error").read_text().splitlines()
        wrong = any("warning:" not in line and line.startswith("input.json") for line in lines)
        if source.exists() and wrong and not any("not valid JSON" in line for line in lines):
            yield folder.name, json.loads(source.read_text())


@pytest.mark.parametrize("name, campaign", mistakes(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_schema_sees_the_mistakes_that_it_can(name, campaign):
    assert validator(CAMPAIGN).is_valid(campaign) == (name in BEYOND)
