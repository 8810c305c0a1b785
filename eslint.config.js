// Type-aware lint, and what the pure rooms may not touch. Which room may import which: .dependency-cruiser.js.
import tseslint from "typescript-eslint";

/** A pure room gets time, randomness and the outside world as arguments, so that a simulator can be all of them. */
const pure = {
  "no-restricted-globals": [
    "error",
    ...[
      "Date",
      "performance",
      "process",
      "setTimeout",
      "setInterval",
      "setImmediate",
      "queueMicrotask",
      "fetch",
      "console",
      "crypto",
    ].map((name) => ({ name, message: "This room is pure: take time and the outside world as arguments." })),
  ],
  "no-restricted-properties": [
    "error",
    { object: "Math", property: "random", message: "This room is pure: take randomness as an argument." },
  ],
};

export default tseslint.config(
  { ignores: ["dist/**", ".vipf/**", "node_modules/**"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-console": "error",
      eqeqeq: "error",
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "max-lines": ["error", { max: 250 }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
    },
  },
  {
    files: ["agent/**/*.ts", "infra/**/*.ts", "lab/**/*.ts", "toolchain/**/*.ts", "bench/**/*.ts"],
    ignores: [
      "agent/cli/output.ts",
      "toolchain/output.ts",
      // Its other thread hangs.
      "agent/daemon/agent.ts",
      // They print nothing.
      "lab/host/**/*Process.ts",
    ],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "process",
          property: "exit",
          message: "What was printed may be lost: set process.exitCode, or end as output.ts does.",
        },
      ],
    },
  },
  {
    files: ["agent/{protocol,election,health}/**/*.ts", "infra/{values,plan}/**/*.ts"],
    rules: pure,
  },
  {
    files: ["test/**/*.ts", "bench/**/*.ts"],
    rules: {
      // Tables and stories of tests are long.
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: ["describe", "it", "test"], package: "mocha" }] },
      ],
    },
  },
);
