import { NETWORK_DEFAULTS, Network, type NetworkProps } from "../../../modules/security";
import { aRole, NAMES } from "../support/parts";
import { type Resource, type Synthesis, statements, synthesize } from "../support/synthesis";

const build = (props: Partial<NetworkProps> = {}, use: (network: Network) => void = () => {}) =>
  synthesize((stack) => use(new Network(stack, "Network", { names: NAMES, ...props })));

const ref = ({ address }: Resource, attribute = "id") => `\${${address}.${attribute}}`;
const block = (cidr: string, number: number) => `\${cidrsubnet("${cidr}", 4, ${number})}`;
const byId = (stack: Synthesis, type: string, id: string) => {
  const found = stack.every(type).find(({ address }) => address.startsWith(`${type}.${id}_`));
  if (found === undefined) throw new Error(`no ${type} ${id}`);
  return found;
};
const endpoints = (stack: Synthesis, type: string) =>
  stack
    .every("aws_vpc_endpoint")
    .filter(({ vpc_endpoint_type }) => vpc_endpoint_type === type)
    .map(({ service_name }) => String(service_name).split(".").at(-1));

test("defaults: two private subnets, and no way to the internet", () => {
  const stack = build();
  expect(stack.only("aws_vpc")).toMatchObject({ cidr_block: NETWORK_DEFAULTS.cidr, enable_dns_hostnames: true });
  const subnets = stack.every("aws_subnet");
  expect(subnets.map(({ cidr_block }) => cidr_block)).toEqual([block("10.0.0.0/16", 0), block("10.0.0.0/16", 1)]);
  expect(subnets.every((subnet) => subnet.map_public_ip_on_launch === false)).toBe(true);
  for (const type of ["aws_nat_gateway", "aws_internet_gateway", "aws_eip", "aws_route"]) {
    expect([type, stack.has(type)]).toEqual([type, false]);
  }
  expect(endpoints(stack, "Gateway")).toEqual(["dynamodb", "s3"]);
  expect(endpoints(stack, "Interface")).toEqual([...NETWORK_DEFAULTS.interfaceEndpoints]);
});

test("the services that the design names have an endpoint", () => {
  expect(NETWORK_DEFAULTS.interfaceEndpoints).toEqual(
    expect.arrayContaining(["glue", "athena", "states", "sns", "kms", "logs", "secretsmanager"]),
  );
});

test("endpoints take requests of this account's principals alone, interfaces in every zone, from their group", () => {
  const stack = build();
  const group = byId(stack, "aws_security_group", "Network_Groups_Endpoints");
  for (const endpoint of stack.every("aws_vpc_endpoint")) {
    expect(statements(endpoint.policy)).toMatchObject([
      {
        effect: "Allow",
        conditions: { StringEquals: { "aws:PrincipalAccount": expect.stringContaining("account_id") } },
      },
    ]);
    if (endpoint.vpc_endpoint_type === "Interface") {
      expect(endpoint).toMatchObject({
        subnet_ids: stack.every("aws_subnet").map((subnet) => ref(subnet)),
        security_group_ids: [ref(group)],
        private_dns_enabled: true,
      });
    } else {
      expect(endpoint.route_table_ids).toEqual(stack.every("aws_route_table").map((table) => ref(table)));
    }
  }
});

test("groups: HTTPS to endpoints and gateways, workers to each other, and nothing from or to anywhere else", () => {
  const stack = build();
  const id = (of: string) => ref(byId(stack, "aws_security_group", `Network_Groups_${of}`));
  const rules = (type: string) =>
    stack.every(type).map((rule) => ({
      of: rule.security_group_id,
      peer: rule.referenced_security_group_id ?? rule.prefix_list_id ?? rule.cidr_ipv4,
      ports: [rule.from_port, rule.to_port],
    }));
  const gateway = (service: string) =>
    ref(byId(stack, "aws_vpc_endpoint", `Network_Endpoints_${service}`), "prefix_list_id");
  const https = [443, 443];
  expect(rules("aws_vpc_security_group_ingress_rule")).toEqual([
    { of: id("Endpoints"), peer: id("Functions"), ports: https },
    { of: id("Endpoints"), peer: id("Jobs"), ports: https },
    { of: id("Jobs"), peer: id("Jobs"), ports: [0, 65_535] },
  ]);
  expect(new Set(rules("aws_vpc_security_group_egress_rule"))).toEqual(
    new Set([
      ...["Functions", "Jobs"].flatMap((from) => [
        { of: id(from), peer: id("Endpoints"), ports: https },
        { of: id(from), peer: gateway("S3"), ports: https },
        { of: id(from), peer: gateway("Dynamodb"), ports: https },
      ]),
      { of: id("Jobs"), peer: id("Jobs"), ports: [0, 65_535] },
    ]),
  );
  expect(stack.only("aws_default_security_group").ingress).toBeUndefined();
  expect(stack.only("aws_default_security_group").egress).toBeUndefined();
});

test.each([
  ["one", 1],
  ["each-zone", 3],
] as const)("NAT %s: %d gateways, each zone's table leads to one", (nat, gateways) => {
  const stack = build({ zones: 3, nat });
  const made = stack.every("aws_nat_gateway");
  expect(made).toHaveLength(gateways);
  const out = stack.every("aws_route").filter(({ nat_gateway_id }) => nat_gateway_id !== undefined);
  expect(out).toHaveLength(3);
  expect(new Set(out.map(({ nat_gateway_id }) => nat_gateway_id))).toEqual(new Set(made.map((one) => ref(one))));
  expect(
    stack.every("aws_vpc_security_group_egress_rule").filter(({ cidr_ipv4 }) => cidr_ipv4 === "0.0.0.0/0"),
  ).toHaveLength(2);
});

test("everything can be chosen: block, zones, endpoints (none included), retention", () => {
  const stack = build({ cidr: "192.168.16.0/24", zones: 1, interfaceEndpoints: [], flowLogRetentionDays: 1 });
  expect(stack.only("aws_subnet").cidr_block).toBe(block("192.168.16.0/24", 0));
  expect(stack.every("aws_vpc_endpoint")).toHaveLength(2);
  expect(stack.only("aws_cloudwatch_log_group")).toMatchObject({
    name: "/aws/vpc/commerce-lake-test",
    retention_in_days: 1,
  });
});

test("flow logs hold every connection, and their role writes that group alone", () => {
  const stack = build();
  expect(stack.only("aws_cloudwatch_log_group").retention_in_days).toBe(NETWORK_DEFAULTS.flowLogRetentionDays);
  expect(stack.only("aws_flow_log")).toMatchObject({
    traffic_type: "ALL",
    vpc_id: ref(stack.only("aws_vpc")),
    log_destination: ref(stack.only("aws_cloudwatch_log_group"), "arn"),
  });
  expect(statements(stack.only("aws_iam_role_policy").policy)[0]).toMatchObject({
    sid: "WriteLogs",
    resources: [`\${${stack.only("aws_cloudwatch_log_group").address}.arn}:*`],
  });
});

describe("attachments", () => {
  const granted = (of: "functions" | "jobs") => {
    const stack = build({}, (network) => network[of].grantAttach(aRole(network)));
    const policy = stack.every("aws_iam_role_policy").find(({ address }) => address.includes("Grantee"));
    return { stack, rights: statements(policy?.policy) };
  };

  test("functions: Lambda may keep interfaces in these subnets, the functions' own code may not", () => {
    const { stack, rights } = granted("functions");
    expect(rights.map(({ sid }) => sid)).toEqual(["LookAtNetwork", "CreateInterfaces", "RemoveInterfaces"]);
    for (const { conditions } of rights) expect(conditions).toEqual({ Null: { "lambda:SourceFunctionArn": "true" } });
    expect(rights[1]?.resources).toEqual(
      expect.arrayContaining(stack.every("aws_subnet").map((subnet) => ref(subnet, "arn"))),
    );
  });

  test("jobs: a connection a zone, interfaces of this VPC, tags of Glue's own", () => {
    const { stack, rights } = granted("jobs");
    const connections = stack.every("aws_glue_connection");
    expect(connections.map(({ name }) => name)).toEqual([
      "commerce-lake-network-1-test",
      "commerce-lake-network-2-test",
    ]);
    for (const [zone, connection] of connections.entries()) {
      expect(connection).toMatchObject({
        connection_type: "NETWORK",
        physical_connection_requirements: {
          subnet_id: ref(stack.every("aws_subnet")[zone] ?? stack.only("aws_vpc")),
          security_group_id_list: [ref(byId(stack, "aws_security_group", "Network_Groups_Jobs"))],
        },
      });
    }
    expect(rights.find(({ sid }) => sid === "RemoveInterfaces")?.conditions).toEqual({
      ArnEquals: { "ec2:Vpc": ref(stack.only("aws_vpc"), "arn") },
    });
    expect(rights.find(({ sid }) => sid === "LookAtVpc")).toMatchObject({
      actions: ["ec2:DescribeVpcAttribute"],
      resources: [ref(stack.only("aws_vpc"), "arn")],
    });
    expect(rights.find(({ sid }) => sid === "TagInterfaces")?.conditions).toEqual({
      "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] },
    });
    expect(rights.find(({ sid }) => sid === "ReadConnections")?.resources).toEqual(
      expect.arrayContaining(connections.map((connection) => ref(connection, "arn"))),
    );
  });
});

test.each<[Partial<NetworkProps>, RegExp]>([
  [
    { cidr: "8.8.0.0/16" },
    /test\/Network: a network has a private IPv4 block from \/16 to \/24; received "8.8.0.0\/16"/,
  ],
  [{ cidr: "10.0.0.0/15" }, /received "10.0.0.0\/15"/],
  [{ cidr: "10.0.0.0/25" }, /received "10.0.0.0\/25"/],
  [{ cidr: "10.0.256.0/16" }, /received "10.0.256.0\/16"/],
  [{ cidr: "172.32.0.0/16" }, /received "172.32.0.0\/16"/],
  [{ zones: 0 }, /zones is a whole number from 1 to 6; received 0/],
  [{ zones: 7 }, /received 7/],
  [{ zones: 1.5 }, /received 1.5/],
  [{ interfaceEndpoints: ["s3"] }, /S3 and DynamoDB have gateway endpoints already; received "s3"/],
  [{ interfaceEndpoints: ["Glue!"] }, /received "Glue!"/],
  [{ interfaceEndpoints: ["glue", "glue"] }, /one interface endpoint in a network; received "glue"/],
])("%j is refused", (props, message) => {
  expect(() => build(props)).toThrow(message);
});

test.each([{ zones: 6 }, { cidr: "10.0.0.0/24" }, { cidr: "172.31.0.0/16" }])("the bound %j is taken", (props) => {
  expect(() => build(props)).not.toThrow();
});
