// JavaScript, because jest reads a TypeScript configuration on Node >= 22.18 alone.
/** @type {import("jest").Config} */
module.exports = {
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  transform: {
    "^.+\\.(t|j|mj)s$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }],
  },
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/.local", "<rootDir>/dist"],
  // 2 cores: a third worker only makes the synthesis tests wait for each other.
  maxWorkers: 2,
};
