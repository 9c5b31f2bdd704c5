export { Catalog, type Crawler } from "./catalog";
export { CatalogEncryption, type CatalogEncryptionProps } from "./catalog-encryption";
export { CATALOG_POLICY_DEFAULTS, CatalogPolicy, type CatalogPolicyProps } from "./catalog-policy";
export type { CatalogProps } from "./catalog-props";
export { Database, type DatabaseProps } from "./database";
export { DEFAULTS } from "./defaults";
export { LakeFormation, type LakeFormationProps, type Selection } from "./lake-formation";
export { READER_DEFAULTS, ReaderRole, type ReaderRoleProps } from "./reader-role";
