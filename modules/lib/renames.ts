import { App, Aspects, TerraformResource, TerraformStack } from "cdktf";
import { Construct, type IConstruct, RootConstruct } from "constructs";
import { ConfigurationError } from "./errors";
import { HclFile } from "./hcl-file";

/** A construct that had another path: it moves with all that is in it. Paths begin below the stack, `Ingestion/FileLedger`. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** What Terraform is told of one resource: addresses, as `aws_s3_bucket.Lake_Bucket_9C28363D`. */
interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Keeps what states hold where ids of constructs changed: writes a `moved` block for each resource at or below a path that was another,
 * so that a plan moves it rather than destroying it and making it anew. A construct that was renamed twice, or whose parent was as well, is
 * followed from name to name.
 *
 * @param stack whatever is in it now or later
 * @param renames oldest first; a rename can go once every state has been applied since
 * @throws ConfigurationError on a path that is none; at synthesis, where something stands at the old place of what moved.
 * @see https://developer.hashicorp.com/terraform/language/modules/develop/refactoring
 *
 * @example
 * keepState(this, [{ from: "Ingestion/FileLedger", to: "Ingestion/Ledger" }]);
 */
export function keepState(stack: TerraformStack, renames: readonly Rename[]): void {
  if (renames.length === 0) return;
  for (const rename of renames) checkPaths(stack, rename);
  const moves: Move[] = [];
  Aspects.of(stack).add({
    // Once for the whole stack, when all that it will hold is there.
    visit: (node: IConstruct) => {
      if (node !== stack) return;
      moves.splice(0, moves.length, ...movesOf(stack, renames));
      if (moves.length > 0 && !App.of(stack).hclOutput) stack.addOverride("moved", moves);
    },
  });
  new HclFile(stack, "Moved", () =>
    moves.map(({ from, to }) => `moved {\n  from = ${from}\n  to   = ${to}\n}\n`).join("\n"),
  );
}

/**
 * What `moved` blocks a stack needs.
 *
 * @returns a resource's moves from its oldest name to that of today, resource after resource.
 */
export function movesOf(stack: TerraformStack, renames: readonly Rename[]): Move[] {
  const resources = stack.node.findAll().filter(TerraformResource.isTerraformResource);
  const declared = new Map(resources.map((resource) => [addressOf(resource, resource.friendlyUniqueId), resource]));
  return resources.flatMap((resource) => {
    // An id that was overridden does not come from the path.
    if (resource.friendlyUniqueId !== stack.getLogicalId(resource.node)) return [];
    return formerPaths(pathBelow(stack, resource), renames)
      .map((path) => addressOf(resource, logicalIdOf(path)))
      .map((address, index, all) => {
        const stranger = declared.get(address);
        if (index > 0 && stranger !== undefined) {
          throw new ConfigurationError(stranger, {
            rule: `nothing stands where ${resource.node.path} was before it was renamed`,
            received: address,
            remedy: "give it another id, or drop the rename once every state has been applied since",
          });
        }
        return { from: address, to: all[index - 1] ?? address };
      })
      .slice(1)
      .reverse();
  });
}

/** The path of today, and those before it, newest first. */
function formerPaths(today: string, renames: readonly Rename[]): string[] {
  const paths = [today];
  let path = today;
  for (const { from, to } of renames.toReversed()) {
    if (path !== to && !path.startsWith(`${to}/`)) continue;
    path = from + path.slice(to.length);
    paths.push(path);
  }
  return paths;
}

const addressOf = (resource: TerraformResource, logicalId: string) => `${resource.terraformResourceType}.${logicalId}`;

const pathBelow = (stack: TerraformStack, { node }: IConstruct) => node.path.slice(stack.node.path.length + 1);

/**
 * The id that cdktf gives to a path below the stack, asked of a stack that holds nothing else.
 *
 * @example
 * logicalIdOf("Lake/Bucket"); // "Lake_Bucket_" and a checksum of the path
 */
export function logicalIdOf(path: string): string {
  const stack = new TerraformStack(new RootConstruct(), "Former");
  const construct = path.split("/").reduce<Construct>((scope, id) => new Construct(scope, id), stack);
  return stack.getLogicalId(construct.node);
}

function checkPaths(stack: TerraformStack, { from, to }: Rename): void {
  const isPath = (path: string) => path.split("/").every((id) => id !== "" && id === id.trim());
  if (from !== to && isPath(from) && isPath(to)) return;
  throw new ConfigurationError(stack, {
    rule: "a rename goes from one path below the stack to another",
    received: { from, to },
    remedy: 'write both as the ids that lead there, such as "Ingestion/FileLedger"',
  });
}
