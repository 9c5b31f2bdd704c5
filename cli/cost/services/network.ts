import { HOURS_PER_MONTH, line, of } from "../bill";
import { listOf } from "../resources";
import { zonesOf } from "../stack";
import type { Service } from "./service";

const SERVICE = "VPC";

/** Interface endpoints, each in each zone; a way to the internet, where there is one. Gateway endpoints cost nothing. */
export const network: Service = {
  types: [
    "aws_vpc",
    "aws_vpc_endpoint",
    "aws_nat_gateway",
    "aws_eip",
    "aws_subnet",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_internet_gateway",
    "aws_security_group",
    "aws_default_security_group",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
  ],
  lines: (stack, { profile, runs }) => {
    const endpoints = stack.ofType("aws_vpc_endpoint").filter(({ values }) => values.vpc_endpoint_type === "Interface");
    // A plan of a new network does not know the subnets' ids yet; then each endpoint is in every zone, as this project's are.
    const inZones = endpoints.reduce(
      (sum, { values }) => sum + (listOf(values, "subnet_ids").length || zonesOf(stack)),
      0,
    );
    const gateways = stack.count("aws_nat_gateway");
    return [
      line(
        { service: SERVICE, item: "Interface endpoints", kind: "fixed", price: "privateLink.endpoint" },
        of(inZones, `endpoints in zones (${endpoints.length} endpoints)`),
        of(HOURS_PER_MONTH, "h"),
      ),
      line(
        { service: SERVICE, item: "Data through endpoints", kind: "usage", price: "privateLink.data" },
        of(endpoints.length === 0 ? 0 : runs * profile.logGbPerRun, "GB, mostly logs"),
      ),
      line(
        { service: SERVICE, item: "NAT gateways", kind: "fixed", price: "vpc.natGateway" },
        of(gateways, "gateways"),
        of(HOURS_PER_MONTH, "h"),
      ),
      line(
        { service: SERVICE, item: "Public addresses", kind: "fixed", price: "vpc.publicAddress" },
        of(stack.count("aws_eip"), "addresses"),
        of(HOURS_PER_MONTH, "h"),
      ),
    ];
  },
};
