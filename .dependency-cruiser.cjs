// Who may import whom: the table in docs/ARCHITECTURE.md. tests/unit/project/import-rules.test.ts plants an offence per rule
// and asserts that enough files are read: a cruiser without a compiler reads none and passes.
// `$1` in a target is the context (market, trading, ops) or the folder that the importing path matched.
const context = "(market|trading|ops)"
const control = "src/protocol/control"

const adapters = [
  "src/kernel",
  control,
  "src/protocol/$1",
  // What a daemon of the market says to anyone: runbooks ask and prove by it.
  "src/protocol/market",
  "src/platform",
  "src/$1/domain",
  "src/$1/ports",
  "src/$1/adapters/$2"
]

/** One row a kind of place: its path, the paths that it may import, the packages, and whether it may use Node. */
const rows = {
  kernel: { from: "src/kernel", to: ["src/kernel"], packages: "effect" },
  protocol: { from: "src/protocol/([^/]+)", to: ["src/kernel", control, "src/protocol/$1"], packages: "effect" },
  platform: {
    from: "src/platform/([^/]+)",
    to: ["src/kernel", control, "src/platform/$1", "src/platform/nats"],
    node: true
  },
  domain: { from: `src/${context}/domain`, to: ["src/kernel", "src/$1/domain"], packages: "effect" },
  ports: {
    from: `src/${context}/ports`,
    // A port to a daemon of the market speaks of its messages.
    to: ["src/kernel", control, "src/protocol/$1", "src/protocol/market", "src/$1/domain", "src/$1/ports"],
    packages: "effect"
  },
  application: {
    from: `src/${context}/application`,
    to: ["src/kernel", control, "src/protocol/$1", "src/$1/domain", "src/$1/ports", "src/$1/application"],
    packages: "effect"
  },
  adapters: { from: "src/(market)/adapters/([^/]+)", to: adapters, node: true },
  // The SDK reads the market for its consumers; the market is none of them.
  "consumer-adapters": { from: "src/(trading|ops)/adapters/([^/]+)", to: [...adapters, "src/client"], node: true },
  layers: {
    from: `src/${context}/(?:layers|config)`,
    to: [
      "src/kernel",
      "src/protocol",
      "src/platform",
      "src/client",
      "src/$1",
      "machines/$1",
      "machines/[^/]+[.]ts",
      "actors/$1",
      "actors/runtime"
    ],

    node: true
  },
  machines: {
    from: `machines/${context}`,
    to: ["src/kernel", "src/$1/domain", "machines/$1", "machines/[^/]+[.]ts"],
    packages: "xstate"
  },
  "machines-top": { from: "machines/[^/]+[.]ts", to: ["src/kernel", "machines"], packages: "xstate", file: true },
  "actors-runtime": {
    from: "actors/runtime",
    to: ["src/kernel", "actors/runtime", "machines/[^/]+[.]ts"],
    packages: "(effect|xstate)"
  },
  actors: {
    from: `actors/${context}`,
    to: [
      "src/kernel",
      "src/$1/domain",
      "src/$1/ports",
      "src/$1/application",
      "machines/$1",
      "machines/[^/]+[.]ts",
      "actors/$1",
      "actors/runtime"
    ],

    packages: "(effect|xstate)"
  },
  client: {
    from: "src/client",
    to: ["src/kernel", control, "src/protocol/market", "src/platform/nats", "src/client"],
    node: true
  },
  cli: {
    from: "src/cli",
    to: ["src/kernel", "src/protocol", "src/platform/(?:nats|process|audit)", "src/client", "src/cli"],
    node: true
  },
  console: { from: "src/console", to: ["src/kernel", "src/protocol", "src/console"], packages: "none" },
  simulator: {
    from: "src/simulator",
    to: ["src/kernel", "src/protocol", "src/simulator"],
    packages: "(effect|ws|@msgpack)",
    node: true
  }
}

const own = "^(src|actors|machines|tests|deploy)/"
const npm = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"]
const rules = Object.entries(rows).flatMap(([name, { file, from, node, packages, to }]) => {
  const path = file ? `^${from}$` : `^${from}/`
  return [
    {
      name: `${name}-imports`,
      severity: "error",
      comment: `${from} may import only ${to.join(", ")}`,
      from: { path },
      to: { path: own, pathNot: to.map((place) => (place.endsWith("[.]ts") ? `^${place}$` : `^${place}/`)) }
    },
    ...(packages === undefined
      ? []
      : [
          {
            name: `${name}-packages`,
            severity: "error",
            comment: `${from} may import only the packages ${packages}`,
            from: { path },
            to: { dependencyTypes: npm, pathNot: `node_modules/${packages}/` }
          }
        ]),
    ...(node
      ? []
      : [
          {
            name: `${name}-node`,
            severity: "error",
            comment: `${from} does no input or output; a hash is a pure function`,
            from: { path, pathNot: "^src/kernel/sha256[.]ts$" },
            to: { dependencyTypes: ["core"] }
          }
        ])
  ]
})

module.exports = {
  forbidden: [
    ...rules,
    {
      name: "koffi-in-ctp-and-systemd-only",
      severity: "error",
      comment: "native code is called in two folders: the shared ring, and the one socket that Node has no API for",
      from: { path: "^(src|actors|machines)/", pathNot: "^src/(market/adapters/ctp|platform/systemd)/" },
      to: { path: "node_modules/koffi/" }
    },
    {
      name: "one-way-to-the-venue",
      severity: "error",
      comment: "only the order actors send orders; what else reads the venue is named here",
      from: {
        path: "^(src|actors|machines)/",
        pathNot: [
          "^actors/trading/(order-actors|order-requests|trade-updates-actor|venue-poll-actor)[.]ts$",
          "^src/trading/(ports|adapters/[^/]+)/",
          "^src/trading/application/(reconcile|quotes)/",
          "^src/trading/application/safety/venue-health[.]ts$",
          "^src/trading/layers",
          "^src/(app|simulation)/"
        ]
      },
      to: { path: "^src/trading/ports/venue[.]ts$" }
    },
    {
      name: "app-is-the-top",
      severity: "error",
      comment: "composition roots are the top",
      from: { path: "^(src|actors|machines)/", pathNot: "^src/app/" },
      to: { path: "^src/app/" }
    },
    {
      name: "tests-are-not-imported",
      severity: "error",
      comment: "tests are not part of the product",
      from: { path: "^(src|actors|machines)/" },
      to: { path: "^tests/" }
    },
    {
      name: "simulation-is-not-imported",
      severity: "error",
      comment: "the simulated world imports the product, never the other way round",
      from: { path: "^(src|actors|machines)/", pathNot: "^src/(app|simulation)/" },
      to: { path: "^src/simulation/" }
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "a cycle is two files that are one",
      from: {},
      to: { circular: true }
    },
    {
      name: "no-unresolved",
      severity: "error",
      comment: "an import that resolves to nothing is not checked",
      from: {},
      to: { couldNotResolve: true }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.build|\\.tools|dist)/" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: {
      extensions: [".ts", ".mjs", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"]
    },
    moduleSystems: ["es6", "cjs"],
    builtInModules: { add: ["node:sqlite"] }
  }
}
