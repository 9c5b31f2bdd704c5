import { Eip } from "@cdktf/provider-aws/lib/eip";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Construct } from "constructs";

const ANYWHERE = "0.0.0.0/0";

export interface RoutesProps {
  readonly name: string;
  readonly vpcId: string;
  readonly privateSubnets: readonly Subnet[];
  /** One for each NAT gateway: none, one for all zones, or one a zone. */
  readonly publicSubnets: readonly Subnet[];
}

/** Where a network's packets go: a table for each private subnet, and where there are public ones, a NAT gateway in each. */
export class Routes extends Construct {
  readonly privateRouteTableIds: readonly string[];

  constructor(scope: Construct, id: string, { name, vpcId, privateSubnets, publicSubnets }: RoutesProps) {
    super(scope, id);
    const gateways = this.natGateways(name, vpcId, publicSubnets);
    this.privateRouteTableIds = privateSubnets.map((subnet, index) => {
      const zone = index + 1;
      const table = this.table(`Private${zone}`, `${name}-private-${zone}`, vpcId, subnet);
      const gateway = gateways[index] ?? gateways[0];
      if (gateway !== undefined) {
        new Route(this, `Private${zone}Out`, {
          routeTableId: table.id,
          destinationCidrBlock: ANYWHERE,
          natGatewayId: gateway.id,
        });
      }
      return table.id;
    });
  }

  private natGateways(name: string, vpcId: string, publicSubnets: readonly Subnet[]): NatGateway[] {
    if (publicSubnets.length === 0) return [];
    const internet = new InternetGateway(this, "Internet", { vpcId, tags: { Name: name } });
    return publicSubnets.map((subnet, index) => {
      const zone = index + 1;
      const table = this.table(`Public${zone}`, `${name}-public-${zone}`, vpcId, subnet);
      const out = new Route(this, `Public${zone}Out`, {
        routeTableId: table.id,
        destinationCidrBlock: ANYWHERE,
        gatewayId: internet.id,
      });
      const address = new Eip(this, `Address${zone}`, { domain: "vpc", tags: { Name: `${name}-${zone}` } });
      return new NatGateway(this, `Nat${zone}`, {
        subnetId: subnet.id,
        allocationId: address.id,
        tags: { Name: `${name}-${zone}` },
        dependsOn: [out],
      });
    });
  }

  private table(id: string, name: string, vpcId: string, subnet: Subnet): RouteTable {
    const table = new RouteTable(this, id, { vpcId, tags: { Name: name } });
    new RouteTableAssociation(this, `${id}Association`, { routeTableId: table.id, subnetId: subnet.id });
    return table;
  }
}
