export { GithubRoles, type GithubRolesProps, type OidcProvider } from "./github-roles";
