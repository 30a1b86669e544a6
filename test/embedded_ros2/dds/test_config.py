# SPDX-License-Identifier: Apache-2.0
"""The network configuration that the environment asks for."""

import xml.etree.ElementTree as ElementTree

import pytest

from embedded_ros2.dds import NetworkConfig, NetworkConfigError, NetworkError, Participant


def domain_of(config):
    return ElementTree.fromstring(config.to_cyclone().partition("</CycloneDDS>")[0] + "</CycloneDDS>").find("Domain")


def test_nothing_set_stays_on_loopback_without_multicast():
    domain = domain_of(NetworkConfig.from_environment({}))
    assert domain.find("General/Interfaces/NetworkInterface").get("name") in ("lo", "lo0")
    assert domain.find("General/AllowMulticast").text == "false"
    assert [peer.get("address") for peer in domain.findall("Discovery/Peers/Peer")] == ["127.0.0.1"]


@pytest.mark.parametrize("variables", [{"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, {"ROS_LOCALHOST_ONLY": "0"}])
def test_subnet_is_opened_on_demand_only(variables):
    domain = domain_of(NetworkConfig.from_environment(variables))
    assert domain.find("General/Interfaces") is None
    assert domain.find("General/AllowMulticast") is None


def test_localhost_only_wins_over_the_range():
    config = NetworkConfig.from_environment({"ROS_LOCALHOST_ONLY": "1", "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"})
    assert config.discovery_range == "LOCALHOST"


def test_static_peers_are_added_and_escaped():
    domain = domain_of(NetworkConfig.from_environment({"ROS_STATIC_PEERS": '10.0.0.2;a"b'}))
    peers = [peer.get("address") for peer in domain.findall("Discovery/Peers/Peer")]
    assert peers == ["127.0.0.1", "10.0.0.2", 'a"b']
    assert domain.find("General/Interfaces") is None  # loopback would not reach them


def test_user_configuration_comes_last():
    user = "<CycloneDDS><Domain><Tracing/></Domain></CycloneDDS>"
    config = NetworkConfig.from_environment({"CYCLONEDDS_URI": user})
    assert config.to_cyclone().endswith("," + user)
    assert domain_of(config).find("General/Interfaces") is not None


def test_user_interface_replaces_loopback():
    user = '<General><Interfaces><NetworkInterface name="eth7"/></Interfaces></General>'
    config = NetworkConfig.from_environment({"CYCLONEDDS_URI": user})
    assert domain_of(config).find("General/Interfaces") is None


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ROS_DOMAIN_ID": "one"}, "whole number"),
        ({"ROS_DOMAIN_ID": "233"}, "from 0 to 232"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNETS"}, "LOCALHOST, SUBNET"),
    ],
)
def test_nonsense_is_refused_with_what_is_allowed(variables, words):
    with pytest.raises(NetworkConfigError, match=words):
        NetworkConfig.from_environment(variables)


def test_unusable_network_is_one_sentence_with_the_mend():
    user = '<General><Interfaces><NetworkInterface name="no_such"/></Interfaces></General>'
    with pytest.raises(NetworkError, match="ip link set lo up"):
        Participant(231, {"CYCLONEDDS_URI": user})
