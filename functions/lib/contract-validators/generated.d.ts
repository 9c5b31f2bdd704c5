import type { ValidateFunction } from "ajv";

export declare const transactions: ValidateFunction;
export declare const products: ValidateFunction;
export declare const clickstream: ValidateFunction;
export declare const reviews: ValidateFunction;
