#!/usr/bin/env bash
# Builds the image with its labels, and prints its size and digest. Needs docker.
#   bash deploy/dev/build-image.sh [TAG]              default tickd:local, base images by their tags
#   bash deploy/dev/build-image.sh --release TAG      base images by their digests; refused while one is not known
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
arguments=()
if [ "${1:-}" = --release ]; then
  shift
  node deploy/dev/images.mjs check
  [ -z "$(git status --porcelain)" ] || { echo "build-image: the folder has changes that no commit has: commit them first" >&2; exit 1; }
  pinned=$(node deploy/dev/images.mjs build-args)
  mapfile -t arguments <<<"$pinned"
fi
tag=${1:-tickd:local}
# The time of the commit, so that two builds of one commit have one label.
docker build --file deploy/Dockerfile --tag "$tag" "${arguments[@]}" \
  --build-arg VERSION="$(node -p 'require("./package.json").version')" \
  --build-arg REVISION="$(git rev-parse HEAD)" \
  --build-arg CREATED="$(git log -1 --format=%cI)" \
  --build-arg SOURCE="$(git remote get-url origin 2>/dev/null | sed 's#//[^@/]*@#//#' | grep . || echo unknown)" \
  .
docker image inspect --format 'size {{.Size}} bytes, image {{.Id}}' "$tag"
