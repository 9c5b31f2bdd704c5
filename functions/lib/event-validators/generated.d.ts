import type { ValidateFunction } from "ajv";

export declare const runRequested: ValidateFunction;
