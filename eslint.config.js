// Type-aware lint, and the house's walls: which room may import from which, and what the pure rooms may not touch.
import tseslint from "typescript-eslint";

/** Rooms as seen from an import: `../agent/node/loop.ts` and the like. */
const room = (name) => `(^|/)${name}(/|$)`;

/** Forbids imports whose path matches one of the rooms, with the reason a reader sees. */
const mayNotImport = (rooms, because) => ({
  "no-restricted-imports": ["error", { patterns: [{ regex: rooms.map(room).join("|"), message: because }] }],
});

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
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
    },
  },
  {
    files: ["agent/**/*.ts", "infra/**/*.ts", "lab/**/*.ts", "toolchain/**/*.ts", "bench/**/*.ts"],
    ignores: [
      "agent/control/output.ts",
      "toolchain/output.ts",
      // Its other thread hangs.
      "agent/node/agent.ts",
      // They print nothing.
      "lab/host/*Process.ts",
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
    files: ["agent/protocol/**/*.ts", "agent/election/**/*.ts", "agent/health/**/*.ts", "infra/plan/**/*.ts"],
    rules: pure,
  },
  {
    files: ["agent/protocol/**/*.ts"],
    rules: mayNotImport(
      ["election", "health", "claims", "linux", "node", "control", "config", "infra", "lab", "toolchain"],
      "protocol/ is bytes and nothing else; it imports nothing of the house.",
    ),
  },
  {
    files: ["agent/election/**/*.ts", "agent/health/**/*.ts"],
    rules: mayNotImport(
      ["claims", "linux", "node", "control", "infra", "lab", "toolchain"],
      "election/ and health/ import protocol/ downwards and nothing else.",
    ),
  },
  {
    files: ["agent/config/**/*.ts"],
    rules: mayNotImport(
      ["claims", "linux", "node", "control", "election", "health", "infra", "lab", "toolchain"],
      "config/ is shared with infra/: it may use protocol/'s ranges and nothing else.",
    ),
  },
  {
    files: ["agent/claims/**/*.ts", "agent/control/**/*.ts"],
    rules: mayNotImport(["linux", "infra", "lab", "toolchain"], "Only agent/node touches agent/linux."),
  },
  {
    files: ["agent/clouds/**/*.ts"],
    rules: mayNotImport(
      ["linux", "node", "control", "election", "health", "peers", "infra", "lab", "toolchain"],
      "clouds/ speaks to APIs in the words of a claim; who claims, and why, is the node's business.",
    ),
  },
  {
    files: ["agent/peers/**/*.ts"],
    rules: mayNotImport(
      ["linux", "node", "claims", "control", "health", "infra", "lab", "toolchain"],
      "peers/ tells the node who is there; it knows the group's configuration and nothing of what the node makes of it.",
    ),
  },
  {
    files: ["agent/simulation/**/*.ts"],
    rules: mayNotImport(
      ["linux", "peers", "control", "infra", "lab", "toolchain"],
      "The simulator drives the node on a kernel of its own: it knows no machine, and nobody who asks it.",
    ),
  },
  {
    files: ["agent/linux/**/*.ts"],
    rules: mayNotImport(["node", "control", "infra", "lab", "toolchain"], "linux/ is the bottom: nothing above it."),
  },
  {
    files: ["agent/node/**/*.ts", "agent/*.ts"],
    rules: mayNotImport(["infra", "lab", "toolchain"], "The agent knows nothing of who deploys or rehearses it."),
  },
  {
    files: ["infra/**/*.ts"],
    rules: mayNotImport(
      [
        "lab",
        "toolchain",
        "agent/node",
        "agent/linux",
        "agent/claims",
        "agent/control",
        "agent/election",
        "agent/protocol",
      ],
      "infra/ imports agent/config and nothing else of the agent.",
    ),
  },
  {
    files: ["lab/**/*.ts"],
    rules: mayNotImport(
      ["infra", "agent"],
      "The lab is a cloud: it must not know the program or the agent it rehearses.",
    ),
  },
  {
    files: ["lab/host/**/*.ts"],
    rules: mayNotImport(
      ["infra", "agent", "cloud", "drills"],
      "The hypervisor must not depend on the doubles: a real OpenStack will use it too.",
    ),
  },
  {
    files: ["toolchain/**/*.ts"],
    rules: mayNotImport(["infra", "agent", "lab"], "The toolchain only gets Pulumi."),
  },
  {
    files: ["test/**/*.ts", "bench/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: ["describe", "it", "test"], package: "mocha" }] },
      ],
    },
  },
);
