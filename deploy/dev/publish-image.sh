#!/usr/bin/env bash
# Publishes a built image, by digest. Needs docker with buildx, logged in. stdout is for GITHUB_OUTPUT or the summary.
#   publish-image.sh push LOCAL IMAGE VERSION ARCH               pushes one processor; prints ARCH=DIGEST
#   publish-image.sh index IMAGE VERSION DIGEST…                 one image of all; prints digest= and previous=
#   publish-image.sh stable IMAGE VERSION DIGEST [PREVIOUS]      moves the tag stable; prints how to deploy and go back
set -euo pipefail
fail() { echo "publish-image: $*" >&2; exit 1; }
digest_of() { docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1"; }
known() { [[ "$1" =~ ^sha256:[0-9a-f]{64}$ ]] || fail "\"$1\" is no digest: $2"; }

push() {
  local name=$2:$3-$4 digest
  docker tag "$1" "$name" >&2
  docker push "$name" >&2
  digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$name" | sed -n "s|^$2@||p" | tail -n 1)
  known "$digest" "the registry reported none for $name"
  echo "$4=$digest"
}

index() {
  local image=$1 version=$2 reason digest previous arguments=()
  shift 2
  # A version is built once: who has deployed it must get the same when it is pulled again. Only an answer that the tag
  # does not exist lets it go on.
  if reason=$(digest_of "$image:$version" 2>&1); then fail "$image:$version exists already: raise the version"; fi
  [[ "$reason" == *"not found"* ]] || fail "the registry did not answer for $image:$version: $reason"
  for digest in "$@"; do
    known "$digest" "the build of one processor printed none"
    arguments+=("$image@$digest")
  done
  docker buildx imagetools create --tag "$image:$version" "${arguments[@]}" >&2
  digest=$(digest_of "$image:$version")
  known "$digest" "the registry reported none for $image:$version"
  # No release before this one: nothing to go back to.
  if ! previous=$(digest_of "$image:stable" 2>&1); then
    [[ "$previous" == *"not found"* ]] || fail "the registry did not answer for $image:stable: $previous"
    previous=
  fi
  echo "digest=$digest"
  echo "previous=$previous"
}

stable() {
  local image=$1 version=$2 digest=$3 previous=${4:-}
  known "$digest" "name the digest of $image:$version"
  docker buildx imagetools create --tag "$image:stable" "$image@$digest" >&2
  cat <<NOTE
## $version

\`$image@$digest\`

Deploy it by this digest, not by a tag: \`TICKD_IMAGE=$image@$digest\` in the env file of compose. Check it first:
\`gh attestation verify oci://$image@$digest --repo ${image#*/}\`

NOTE
  if [ -z "$previous" ]; then
    echo "There is no release before this one to go back to."
  else
    cat <<NOTE
Go back: \`TICKD_IMAGE=$image@$previous\` in the same file, then
\`docker compose --profile live up --detach --no-deps tickd\`. Compare \`stateFormat\` of both versions first
(docs/operations/upgrade.md).
NOTE
  fi
}

case "${1:-}" in
  push) [ $# -eq 5 ] || fail "push LOCAL IMAGE VERSION ARCH" ;;
  index) [ $# -ge 4 ] || fail "index IMAGE VERSION DIGEST…" ;;
  stable) [ $# -eq 4 ] || [ $# -eq 5 ] || fail "stable IMAGE VERSION DIGEST [PREVIOUS]" ;;
  *) fail "use push, index or stable" ;;
esac
"$@"
