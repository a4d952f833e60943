// What `npm run security` accepts, each with its reason. A licence or a script that no package has any more fails the
// check; a value may be in the older history only, which a shallow clone has not.

/** Licences (SPDX) of packages that ship: of the daemon, its client library and the image. */
export const productionLicences = ["0BSD", "Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "Unlicense"]

/** Licences of packages that only build and test. MPL-2.0 is lightningcss, a part of the test runner. */
export const developmentLicences = [...productionLicences, "BlueOak-1.0.0", "MPL-2.0"]

/**
 * Packages that have an install script, by exact version: an upgrade is looked at again. None of these scripts runs,
 * because tickd installs with --ignore-scripts.
 */
export const installScripts: Readonly<Record<string, string>> = {
  "@swc/core@1.16.0": "falls back to a build for WebAssembly where no binary fits; the binaries are optional packages",
  "esbuild@0.28.2": "checks its binary, and fetches it where the optional package is absent",
  "koffi@3.3.4": "compiles where no binary fits; the binaries are the optional packages @koromix/koffi-*"
}

export interface AllowedSecrets {
  readonly reason: string
  /** Begin of the path of each file that may have one. */
  readonly below: string
  /** The exact values. */
  readonly values: ReadonlyArray<string>
}

/** Values that look like secrets and are none. */
export const allowedSecrets: ReadonlyArray<AllowedSecrets> = [
  {
    reason: "passwords and authentication codes of simulated fronts and brokers, which exist in tests only",
    below: "tests/",
    // biome-ignore format: one value a line says no more
    values: [
      "authCode", "primary", "backup", "secret", "containers", "S3CRET", "S3CRET2", "s3cret-Pa55", "0ther-s3cret",
      "new-s3cret", "backup-s3cret", "hunter2", "hunter3", "primary-2", "primary-wrong", "backup-2", "of-variable",
      "AUTHC0DE16BYTES0", "the-0ld-secret", "the-n3w-secret", "the-r0tated-secret"
    ]
  },
  {
    reason: "tokens of the receivers of alerts that the tests start themselves",
    below: "tests/",
    values: ["Tok3n-acceptance-01", "Tok3n-7f3a9c2e5b", "SEC-4d2b8e6f0a"]
  }
]

/** Archives in the repository, which the scan for binaries cannot look into, by path. */
export const allowedArchives: Readonly<Record<string, string>> = {}
