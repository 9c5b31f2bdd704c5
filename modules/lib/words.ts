/** @example pascal("athena-results/*"); // "AthenaResults" */
export function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** @example kebab("AnalystsWorkgroup"); // "analysts-workgroup" */
export function kebab(pascalCase: string): string {
  return pascalCase.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
}
