"""What Terraform asks again of a VPC and of Glue's connections, and moto by itself has forgotten or does not know."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws


@pytest.mark.parametrize("target", ["group", "prefix list", "range"])
def test_a_rule_remembers_what_it_is_for(aws: LocalAws, target: str) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName=f"rule-{target}", Description="For a test", VpcId=vpc)["GroupId"]
    prefixes = ec2.describe_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    peers = {
        "group": {"UserIdGroupPairs": [{"GroupId": group, "Description": "said"}]},
        "prefix list": {"PrefixListIds": [{"PrefixListId": prefixes, "Description": "said"}]},
        "range": {"IpRanges": [{"CidrIp": "10.9.0.0/16", "Description": "said"}]},
    }
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443} | peers[target]
    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    [rule] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert rule["Description"] == "said"


def test_a_connection_remembers_its_type_and_can_be_deleted(aws: LocalAws) -> None:
    glue = aws.client("glue")
    where = {"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1"]}
    glue.create_connection(
        ConnectionInput={
            "Name": "to-be-deleted",
            "ConnectionType": "NETWORK",
            "ConnectionProperties": {},
            "PhysicalConnectionRequirements": where,
        }
    )
    assert glue.get_connection(Name="to-be-deleted")["Connection"]["ConnectionType"] == "NETWORK"
    glue.delete_connection(ConnectionName="to-be-deleted")
    for gone in (glue.get_connection, lambda Name: glue.delete_connection(ConnectionName=Name)):  # noqa: N803
        with pytest.raises(ClientError, match="EntityNotFoundException"):
            gone(Name="to-be-deleted")
