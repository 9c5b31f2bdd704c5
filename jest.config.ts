import type { Config } from "jest";

const config: Config = {
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  transform: {
    "^.+\\.(t|j|mj)s$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }],
  },
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/.local"],
  // 2 cores: a third worker only makes the synthesis tests wait for each other.
  maxWorkers: 2,
};

export default config;
