// The walls: which room may import which, and that nothing imports in a circle. `npm run lint` breaks on the first one.

/** Each room, and the rooms that it may import besides itself. A room that ends in /* is its own files without its folders'. */
export const WALLS = {
  // Bytes and nothing else.
  "agent/protocol": [],
  // Shared with infra/, which renders what the agent reads.
  "agent/config": ["agent/protocol"],
  // Pure machines. No clock, timer, process or chance: eslint.config.js.
  "agent/election": ["agent/protocol", "agent/config"],
  "agent/health": ["agent/config", "agent/election"],
  "agent/linux": ["agent/protocol"],
  "agent/logging": ["agent/config", "agent/linux"],
  "agent/interfaces": ["agent/protocol", "agent/config", "agent/election", "agent/linux", "agent/logging"],
  "agent/participant": ["agent/protocol", "agent/config", "agent/election", "agent/interfaces"],
  "agent/virtualRouter": [
    "agent/protocol",
    "agent/config",
    "agent/election",
    "agent/linux/system",
    "agent/logging",
    "agent/interfaces",
    "agent/participant",
  ],
  "agent/node": [
    "agent/protocol",
    "agent/config",
    "agent/election",
    "agent/linux/system",
    "agent/logging",
    "agent/interfaces",
    "agent/participant",
    "agent/virtualRouter",
  ],
  // Who else is there. What the node makes of it is the node's.
  "agent/peers": ["agent/protocol", "agent/config", "agent/election"],
  "agent/programs": ["agent/config", "agent/linux/system", "agent/logging", "agent/virtualRouter"],
  "agent/checks": [
    "agent/config",
    "agent/election",
    "agent/health",
    "agent/linux",
    "agent/logging",
    "agent/programs",
    "agent/virtualRouter",
  ],
  // A cloud's API. Who moves an address, and why, is publicAddress/'s.
  "agent/clouds": ["agent/config", "agent/logging"],
  "agent/publicAddress": ["agent/clouds", "agent/config", "agent/logging", "agent/peers", "agent/virtualRouter"],
  "agent/operator": [
    "agent/config",
    "agent/election",
    "agent/linux/system",
    "agent/logging",
    "agent/peers",
    "agent/programs",
    "agent/publicAddress",
    "agent/checks",
    "agent/virtualRouter",
  ],
  // The node on a kernel and a segment in memory: it knows no machine, and not who looks at it.
  "agent/simulation": [
    "agent/protocol",
    "agent/config",
    "agent/logging",
    "agent/election",
    "agent/health",
    "agent/interfaces",
    "agent/participant",
    "agent/virtualRouter",
    "agent/node",
    "agent/operator",
  ],
  "agent/control": [
    "agent/config",
    "agent/logging",
    "agent/operator",
    "agent/publicAddress",
    "agent/simulation",
    "agent/virtualRouter",
  ],
  // The process: it joins all the parts, but for those that ask it.
  "agent/daemon": [
    "agent/protocol",
    "agent/config",
    "agent/linux",
    "agent/logging",
    "agent/interfaces",
    "agent/virtualRouter",
    "agent/node",
    "agent/peers",
    "agent/programs",
    "agent/checks",
    "agent/publicAddress",
    "agent/operator",
    "agent/control",
  ],
  "agent/resign": [
    "agent/protocol",
    "agent/config",
    "agent/election",
    "agent/linux",
    "agent/logging",
    "agent/interfaces",
    "agent/participant",
    "agent/virtualRouter",
    "agent/daemon/protocolThread",
  ],
  "agent/cli": [
    "agent/config",
    "agent/election",
    "agent/linux/system",
    "agent/logging",
    "agent/participant",
    "agent/publicAddress",
    "agent/virtualRouter",
    "agent/operator",
    "agent/simulation",
    "agent/control",
    "agent/daemon",
  ],
  "agent/*": ["agent"],

  // The program knows the agent by its document alone.
  "infra/values": ["agent/config"],
  "infra/schema": ["agent/config", "infra/values"],
  "infra/plan": ["agent/config", "infra/values", "infra/schema"],
  "infra/stackFile": ["agent/config", "infra/values", "infra/schema"],
  "infra/rules": ["agent/config", "infra/values", "infra/schema", "infra/plan", "infra/stackFile"],
  "infra/components": ["infra/values", "infra/plan", "infra/stackFile"],
  "infra/*": ["infra"],

  // The lab is a cloud: it knows neither the program nor the agent that it rehearses, and its machines not who asks for them.
  "lab/host": ["toolchain/*"],
  "lab/cloud": ["lab/host", "toolchain/*"],
  "lab/settings": ["lab/cloud", "toolchain/*"],
  "lab/openstack": ["lab/cloud", "lab/host", "toolchain/*"],
  "lab/control": ["lab/cloud", "lab/settings", "toolchain/*"],
  "lab/drills": ["lab/control", "toolchain/*"],
  "lab/daemon": ["lab/cloud", "lab/control", "lab/host", "lab/openstack", "lab/settings", "toolchain/*"],
  "lab/*": ["lab", "toolchain"],

  // Gets a working Pulumi.
  "toolchain/*": [],
  "toolchain/offline": ["toolchain/*"],
  "toolchain/pulumi": ["toolchain/*", "toolchain/offline"],
  "toolchain/release": ["toolchain/*"],

  bench: ["agent", "lab", "toolchain", "test/simulation", "test/support"],
};

/** @param {string} room */
const filesOf = (room) => (room.endsWith("/*") ? `^${room.slice(0, -1)}[^/]+$` : `^${room}/`);

const walls = Object.entries(WALLS).map(([room, others]) => ({
  name: `wall of ${room}`,
  comment: `${room} may import ${["itself", ...others].join(", ")}`,
  severity: "error",
  from: { path: filesOf(room) },
  to: { path: "^(agent|infra|lab|toolchain|bench|test)/", pathNot: [room, ...others].map(filesOf) },
}));

/** Folders whose subfolders build on their own files. Elsewhere a folder's own files stand on top of its subfolders. */
const GROUND_FLOORS = ["agent/election", "lab/host", "toolchain", "toolchain/offline"];
const groundFloor = `(?:${GROUND_FLOORS.join("|")})`;

// The cruiser finds circles of folders beside each other; these find those of a folder and one inside it.
const stairs = [
  {
    name: "circle of a folder and one inside it",
    comment: "its subfolders build on it: see GROUND_FLOORS",
    severity: "error",
    from: { path: `^(${groundFloor})/[^/]+$` },
    to: { path: "^$1/[^/]+/" },
  },
  ...[1, 2, 3, 4].map((depth) => ({
    name: "circle of a folder and one inside it",
    comment: "a folder's own files build on its subfolders, not the other way: see GROUND_FLOORS",
    severity: "error",
    from: { path: `^(${Array(depth).fill("[^/]+").join("/")})/[^/]+/` },
    to: { path: "^$1/[^/]+$", pathNot: `^${groundFloor}/[^/]+$` },
  })),
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "circle of files", severity: "error", from: {}, to: { circular: true } },
    { name: "circle of folders", severity: "error", scope: "folder", from: {}, to: { circular: true } },
    {
      name: "room without a wall",
      comment: "add the room to WALLS in .dependency-cruiser.js",
      severity: "error",
      from: { path: "^(agent|infra|lab|toolchain|bench)/", pathNot: Object.keys(WALLS).map(filesOf) },
      to: {},
    },
    ...stairs,
    ...walls,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^test/fixtures/|node_modules" },
    // An import of a type is an import.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    cache: { folder: "node_modules/.cache/dependency-cruiser", strategy: "content" },
  },
};
