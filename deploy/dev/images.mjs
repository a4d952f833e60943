// The images of other projects, deploy/images.lock.
// usage: images.mjs check            exit 1 while a digest is missing: a release must not be built then
//        images.mjs resolve          asks the registries with `docker buildx imagetools`, and writes the lock
//        images.mjs build-args       the arguments of docker build for deploy/Dockerfile, one a line
//        images.mjs pinned-compose   docker-compose.yml with a digest at each image, for a release
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = process.argv[3] ?? fileURLToPath(new URL("../..", import.meta.url))
const lockPath = join(root, "deploy", "images.lock")
const lines = readFileSync(lockPath, "utf8").trimEnd().split("\n")
const digest = /^sha256:[0-9a-f]{64}$/
const locked = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(" "))
const compose = readFileSync(join(root, "docker-compose.yml"), "utf8")
const dockerfile = readFileSync(join(root, "deploy", "Dockerfile"), "utf8")
const buildImages = [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name, image]) => ({ name, image }))
// tickd's own image is what a release builds.
const composeImages = [...compose.matchAll(/^ +image: ([^$\s]+)$/gm)].map(([, image]) => image)

const fail = (sentences) => {
  for (const sentence of sentences) console.error(`images: ${sentence}`)
  process.exit(1)
}

const pinnedOf = (image) => {
  const found = locked.find(([name]) => name === image)?.[1]
  if (found === undefined) fail([`${image} is not in deploy/images.lock: add a line for it`])
  if (!digest.test(found)) fail([`${image} has no digest: run 'node deploy/dev/images.mjs resolve'`])
  return `${image}@${found}`
}

const check = () => {
  const used = [...buildImages.map(({ image }) => image), ...composeImages]
  const missing = [...new Set(used)].filter((image) => !locked.some(([name]) => name === image))
  const unused = locked.filter(([name]) => !used.includes(name)).map(([name]) => name)
  const open = locked.filter(([, found]) => !digest.test(found)).map(([name]) => name)
  const sentences = [
    ...missing.map((image) => `${image} is not in deploy/images.lock: add a line for it`),
    ...unused.map((image) => `${image} of deploy/images.lock is used nowhere: remove its line`),
    ...open.map(
      (image) => `${image} has no digest: run 'node deploy/dev/images.mjs resolve' where the registry can be reached`
    )
  ]
  if (sentences.length > 0) fail(sentences)
}

const ask = (image) => {
  const args = ["buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image]
  const { error, status, stderr, stdout } = spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 })
  const found = (stdout ?? "").trim()
  if (status === 0 && digest.test(found)) return found
  const why = (error?.message ?? stderr ?? "").trim().split("\n").at(-1)
  fail([
    `the digest of ${image} could not be read (${why}): check that docker has buildx and that the registry can be reached`
  ])
}

const commands = {
  check,
  resolve: () => {
    const found = new Map(locked.map(([image]) => [image, ask(image)]))
    const text = lines.map((line) =>
      found.has(line.split(" ")[0]) ? `${line.split(" ")[0]} ${found.get(line.split(" ")[0])}` : line
    )
    writeFileSync(lockPath, `${text.join("\n")}\n`)
  },
  "build-args": () => {
    for (const { name, image } of buildImages) console.log(`--build-arg=${name}=${pinnedOf(image)}`)
  },
  "pinned-compose": () =>
    process.stdout.write(
      compose.replace(/^( +image: )([^$\s]+)$/gm, (_, before, image) => `${before}${pinnedOf(image)}`)
    )
}
const command = commands[process.argv[2]]
if (command === undefined) fail([`use ${Object.keys(commands).join(", ")}`])
command()
