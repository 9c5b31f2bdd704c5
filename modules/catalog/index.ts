export { Catalog, type Crawler } from "./catalog";
export type { CatalogProps } from "./catalog-props";
export { Database, type DatabaseProps } from "./database";
export { DEFAULTS } from "./defaults";
