# SPDX-License-Identifier: Apache-2.0
"""Trees as XML of BehaviorTree.CPP 4: written, read, edited as Groot2 does it, and refused where they make no sense."""

from pathlib import Path

import pytest
import yaml

from vla_ros.errors import ConfigError
from vla_ros.executor import load_tree_file
from vla_ros.executor.__main__ import main
from vla_ros.executor.btcpp import tree_from_xml, tree_to_xml

TREES = Path(__file__).parents[3] / "config" / "trees"


def document(body, extra=""):
    return f'<root BTCPP_format="4"><BehaviorTree ID="A">{body}</BehaviorTree>{extra}</root>'


def test_default_tree_is_read_back_as_it_was_written():
    data, _ = load_tree_file(TREES / "default.yaml")
    again = tree_from_xml(tree_to_xml(data))
    assert again == normal(data)


def normal(node):
    """Return a tree's data with empty arguments as empty mappings."""
    kind, arguments = next(iter(node.items()))
    if isinstance(arguments, list):
        return {kind: [normal(child) for child in arguments]}
    rest = {key: value for key, value in (arguments or {}).items() if key != "child"}
    return {kind: {**rest, **({"child": normal(arguments["child"])} if arguments and "child" in arguments else {})}}


def test_xml_that_ships_is_that_of_the_default_tree(capsys):
    assert main([str(TREES / "default.yaml")]) == 0
    assert capsys.readouterr().out == (TREES / "default.xml").read_text(encoding="utf-8")


def test_tree_file_may_name_an_xml_file_beside_it(tmp_path, make_world):
    from vla_ros.executor import Ports, TaskExecutor

    data = yaml.safe_load((TREES / "default.yaml").read_text())
    (tmp_path / "mine.xml").write_text((TREES / "default.xml").read_text())
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**data, "tree": "mine.xml"}))
    tree, config = load_tree_file(tmp_path / "mine.yaml")
    assert tree == normal(data["tree"])
    world = make_world()
    assert TaskExecutor(tree, config, Ports(world, world, world))


def test_what_groot_writes_is_read():
    body = """
      <ReactiveFallback/>
    """
    with pytest.raises(ConfigError, match="Fallback"):
        tree_from_xml(document(body))
    body = """
      <Fallback name="root" _x="3">
        <RetryUntilSuccessful num_attempts="3" _uid="4"><SubTree ID="Skill" _autoremap="true"/></RetryUntilSuccessful>
        <Action ID="GoHome"/>
      </Fallback>"""
    skill = '<BehaviorTree ID="Skill"><Sequence><AwaitReady/><RunSkill name="do it"/></Sequence></BehaviorTree>'
    assert tree_from_xml(document(body, skill)) == {
        "selector": [
            {"retry": {"times": 3, "child": {"sequence": [{"await_ready": {}}, {"run_skill": {"name": "do it"}}]}}},
            {"go_home": {}},
        ]
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not xml", "no XML"),
        ('<root BTCPP_format="3"/>', "BTCPP_format"),
        ('<root BTCPP_format="4"/>', "no BehaviorTree"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><root BTCPP_format="4"/>', "document type"),
        (document("<Sequence/><Sequence/>"), "must hold one node"),
        (document("<Sequnce/>"), "Did you mean 'Sequence'"),
        (document('<Retry times="many"><RunSkill/></Retry>'), "whole number"),
        (document('<Retry tmes="3"><RunSkill/></Retry>'), "Did you mean 'times'"),
        (document('<Retry times="3"/>'), "must hold one node"),
        (document('<SubTree ID="B"/>'), "unknown tree 'B'"),
        (document('<SubTree ID="A"/>'), "holds itself"),
    ],
)
def test_xml_that_makes_no_sense_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ConfigError, match=sentence):
        tree_from_xml(text)


def test_missing_file_is_named(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"tree": "absent.xml", "recovery": {"home_rad": [0.0]}}))
    assert main([str(path)]) == 1
    assert "absent.xml" in capsys.readouterr().err
