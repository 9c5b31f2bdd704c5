import type { Exception, JudgedStack } from "./exceptions";

/** A check that a resource of a stack fails. */
export interface Finding {
  readonly check: string;
  /** What the check demands. */
  readonly name: string;
  readonly stack: JudgedStack;
  /** Logical id of the resource. */
  readonly resource: string;
}

/** What is left of the findings once reasons are known. */
export interface Judgement {
  readonly explained: readonly { readonly exception: Exception; readonly findings: readonly Finding[] }[];
  readonly unexplained: readonly Finding[];
  /** Exceptions that nothing needs. */
  readonly stale: readonly Exception[];
}

const covers = (exception: Exception, { check, stack, resource }: Finding) =>
  exception.check === check && (exception.in?.includes(stack) ?? true) && (exception.on?.test(resource) ?? true);

/** Sets findings against the reasons that are given for them; the first that covers one counts. */
export function judge(findings: readonly Finding[], exceptions: readonly Exception[]): Judgement {
  const explained = exceptions.map((exception) => ({ exception, findings: [] as Finding[] }));
  const unexplained: Finding[] = [];
  for (const finding of findings) {
    const found = explained.find(({ exception }) => covers(exception, finding));
    (found?.findings ?? unexplained).push(finding);
  }
  return {
    explained,
    unexplained,
    stale: explained.flatMap(({ exception, findings: needed }) => (needed.length === 0 ? [exception] : [])),
  };
}
