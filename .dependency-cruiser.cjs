// Who may import whom: the table in docs/ARCHITECTURE.md. tests/unit/import-rules.test.ts plants an offence per rule and
// asserts that enough files are read: a cruiser without a compiler reads none and passes.
const allowed = {
  "src/domain": { folders: ["src/domain"], packages: "^effect$" },
  "src/protocol": { folders: ["src/domain", "src/protocol"], packages: "^effect$" },
  "src/ports": { folders: ["src/domain", "src/ports"], packages: "^effect$" },
  "src/application": { folders: ["src/domain", "src/ports", "src/application"], packages: "^effect$" },
  machines: { folders: ["src/domain", "machines"], packages: "^xstate$" },
  actors: {
    folders: ["src/domain", "src/ports", "src/application", "machines", "actors"],
    packages: "^(effect|xstate)$"
  },
  "src/cli": { folders: ["src/domain", "src/protocol", "src/ports", "src/cli"], packages: "^effect$" },
  "src/console": { folders: ["src/domain", "src/protocol", "src/console"], packages: "^$" },
  "src/simulator": { folders: ["src/domain", "src/protocol", "src/simulator"], packages: "^effect$", node: true }
}

const own = "^(src|actors|machines|tests|deploy)/"
const rules = Object.entries(allowed).flatMap(([from, { folders, packages, node }]) => [
  {
    name: `${from.replace("src/", "")}-imports`,
    severity: "error",
    comment: `${from} may import only ${folders.join(", ")}`,
    from: { path: `^${from}/` },
    to: { path: own, pathNot: folders.map((folder) => `^${folder}/`) }
  },
  {
    name: `${from.replace("src/", "")}-packages`,
    severity: "error",
    comment: `${from} may import only the packages ${packages}`,
    from: { path: `^${from}/` },
    to: {
      dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"],
      pathNot: `node_modules/(${packages.replace(/[\^$()]/g, "") || "none"})/`
    }
  },
  ...(node
    ? []
    : [
        {
          name: `${from.replace("src/", "")}-node`,
          severity: "error",
          comment: `${from} does no input or output`,
          from: { path: `^${from}/` },
          to: { dependencyTypes: ["core"] }
        }
      ])
])

module.exports = {
  forbidden: [
    ...rules,
    {
      name: "adapters-imports",
      severity: "error",
      comment: "an adapter may import domain, protocol, ports and its own folder; adapters never import each other",
      from: { path: "^src/adapters/([^/]+)/" },
      to: { path: own, pathNot: ["^src/(domain|protocol|ports)/", "^src/adapters/$1/"] }
    },
    {
      name: "koffi-in-ctp-and-systemd-only",
      severity: "error",
      comment: "native code is called in two folders: the shared ring, and the one socket that Node has no API for",
      from: { path: "^(src|actors|machines)/", pathNot: "^src/adapters/(ctp|systemd)/" },
      to: { path: "node_modules/koffi/" }
    },
    {
      name: "nobody-imports-app",
      severity: "error",
      comment: "composition roots are the top",
      from: { path: "^(src|actors|machines)/", pathNot: "^src/app/" },
      to: { path: "^src/app/" }
    },
    {
      name: "nobody-imports-tests",
      severity: "error",
      comment: "tests are not part of the product",
      from: { path: "^(src|actors|machines)/" },
      to: { path: "^tests/" }
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
