export { permitDataDeletion } from "../lib/data-deletion";
export { AccessLogs, type AccessLogsProps } from "./access-logs";
export { DEFAULTS } from "./defaults";
export { Lake } from "./lake";
export type { LakeProps } from "./lake-props";
export { type LakeBucket, LakeZone } from "./zone";
export { type ColderStorage, ZONE_NAMES, type ZoneName, type ZoneSettings } from "./zones";
