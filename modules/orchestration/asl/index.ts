export * from "./json";
export * from "./jsonata";
export * from "./states";
