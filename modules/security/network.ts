import { DataAwsAvailabilityZones } from "@cdktf/provider-aws/lib/data-aws-availability-zones";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { ConfigurationError } from "../lib/errors";
import type { NetworkAttachment } from "../lib/lambda-function";
import { wholeNumber } from "../lib/whole-number";
import { pascal } from "../lib/words";
import { Endpoints } from "./endpoints";
import { FlowLogs } from "./flow-logs";
import { FunctionAttachment, JobAttachment } from "./network-attachments";
import { NETWORK_DEFAULTS, type NetworkProps } from "./network-props";
import { Routes } from "./routes";
import { SecurityGroups } from "./security-groups";

const ZONES = { min: 1, max: 6 };
/** A VPC is divided into 16 blocks: private subnets take the first, public ones those from here on. */
const BLOCK_BITS = 4;
const FIRST_PUBLIC_BLOCK = 8;
/** Private blocks, from /16, the largest of a VPC, to /24, of which a sixteenth is the smallest subnet that AWS makes. */
const PRIVATE_BLOCK = /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}\/(1[6-9]|2[0-4])$/;

/**
 * A VPC whose subnets have no way to the internet: what runs there reaches AWS by endpoints, and those take requests of this account's
 * principals alone. Every connection is in the flow logs.
 *
 * @example
 * const network = new Network(this, "Network", { names, zones: 3 });
 * new Etl(this, "Etl", { …, network: network.jobs });
 * new Query(this, "Query", { …, functions: { network: network.functions } });
 */
export class Network extends Construct {
  readonly vpcId: string;
  /** Private subnets, one a zone. */
  readonly subnetIds: readonly string[];
  readonly endpoints: Endpoints;
  /** Where functions run. */
  readonly functions: NetworkAttachment;
  /** Where Glue jobs run. */
  readonly jobs: JobAttachment;

  /** @throws ConfigurationError on a block, a number of zones or an endpoint that cannot be. */
  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { names } = props;
    const cidr = this.privateBlock(props.cidr ?? NETWORK_DEFAULTS.cidr);
    const zones = wholeNumber(this, "zones", props.zones ?? NETWORK_DEFAULTS.zones, ZONES, NETWORK_DEFAULTS.zones);
    const nat = props.nat ?? NETWORK_DEFAULTS.nat;
    const interfaceEndpoints = this.services(props.interfaceEndpoints ?? NETWORK_DEFAULTS.interfaceEndpoints);

    const vpc = new Vpc(this, "Vpc", {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true, // private names of endpoints
      tags: { Name: names.network },
    });
    // Whatever is put into the VPC without a group of its own gets this one, which lets nothing through.
    new DefaultSecurityGroup(this, "DefaultGroup", { vpcId: vpc.id, tags: { Name: `${names.network}-default` } });

    // Local zones, which have few services, are opted in to: leave them out.
    const { names: zoneNames } = new DataAwsAvailabilityZones(this, "Zones", {
      state: "available",
      filter: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    });
    const subnets = (kind: "Private" | "Public", firstBlock: number, count: number) =>
      Array.from(
        { length: count },
        (_, zone) =>
          new Subnet(this, `${kind}Subnet${zone + 1}`, {
            vpcId: vpc.id,
            availabilityZone: Fn.element(zoneNames, zone),
            cidrBlock: Fn.cidrsubnet(cidr, BLOCK_BITS, firstBlock + zone),
            mapPublicIpOnLaunch: false,
            tags: { Name: `${names.network}-${kind.toLowerCase()}-${zone + 1}` },
          }),
      );
    const privateSubnets = subnets("Private", 0, zones);
    const gateways = { none: 0, one: 1, "each-zone": zones }[nat];
    const routes = new Routes(this, "Routes", {
      name: names.network,
      vpcId: vpc.id,
      privateSubnets,
      publicSubnets: subnets("Public", FIRST_PUBLIC_BLOCK, gateways),
    });

    const groups = new SecurityGroups(this, "Groups", { name: names.network, vpcId: vpc.id, internet: gateways > 0 });
    this.vpcId = vpc.id;
    this.subnetIds = privateSubnets.map((subnet) => subnet.id);
    this.endpoints = new Endpoints(this, "Endpoints", {
      vpcId: vpc.id,
      name: names.network,
      interfaces: interfaceEndpoints,
      subnetIds: this.subnetIds,
      routeTableIds: routes.privateRouteTableIds,
      groups,
    });
    new FlowLogs(this, "FlowLogs", {
      names,
      vpcId: vpc.id,
      retentionDays: props.flowLogRetentionDays ?? NETWORK_DEFAULTS.flowLogRetentionDays,
    });
    this.functions = new FunctionAttachment(this, privateSubnets, groups.functions);
    this.jobs = new JobAttachment(this, "Jobs", {
      names,
      vpcArn: vpc.arn,
      subnets: privateSubnets,
      group: groups.jobs,
    });
  }

  private privateBlock(cidr: string): string {
    if (!PRIVATE_BLOCK.test(cidr) || cidr.split(/[./]/).some((part) => Number(part) > 255)) {
      throw new ConfigurationError(this, {
        rule: "a network has a private IPv4 block from /16 to /24",
        received: cidr,
        remedy: `write it like "${NETWORK_DEFAULTS.cidr}"`,
      });
    }
    return cidr;
  }

  private services(services: readonly string[]): readonly string[] {
    for (const service of services) {
      if (!/^[a-z][a-z0-9.-]*$/.test(service) || ["s3", "dynamodb"].includes(service)) {
        throw new ConfigurationError(this, {
          rule: "an interface endpoint is named by the end of its service's name, and S3 and DynamoDB have gateway endpoints already",
          received: service,
          remedy: 'write it like "glue" for com.amazonaws.eu-central-1.glue',
        });
      }
    }
    const ids = services.map(pascal);
    const twice = services.find((service, index) => ids.indexOf(pascal(service)) !== index);
    if (twice !== undefined) {
      throw new ConfigurationError(this, {
        rule: "a service has one interface endpoint in a network",
        received: twice,
        remedy: "name it once",
      });
    }
    return services;
  }
}
