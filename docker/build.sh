#!/bin/sh
# docker/build.sh [TARGET …]: build images (default: all; or cpu cuda stt-engine stt-web-ui), labelled with
# version, revision and date, and list the contents of each in build/sbom/TARGET.cdx.json (CycloneDX).
#
#   BUILDER=docker        or podman or buildah; default: the first that is installed
#   BASE=debian@sha256:…  a pinned base image
#   MODEL=base            a model to include in the images
set -eu
cd "$(dirname "$0")/.."

for tool in ${BUILDER:-docker podman buildah}; do
  if command -v "$tool" > /dev/null; then builder=$tool; break; fi
done
: "${builder:?docker, podman or buildah is needed}"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
revision=$(git rev-parse HEAD 2> /dev/null || echo unknown)
# Uses the date of the commit, so that the same commit gives the same labels.
created=$(git log -1 --format=%cI 2> /dev/null || date -u +%Y-%m-%dT%H:%M:%SZ)
[ -n "$(git status --porcelain 2> /dev/null)" ] && revision="$revision-changed"

[ $# -gt 0 ] || set -- cpu stt-engine stt-web-ui
mkdir -p build/sbom
for target in "$@"; do
  case $target in
    cpu) names="stt-engine:cpu stt-engine:$version-cpu" ;;
    cuda | stt-engine) names="stt-engine:latest stt-engine:prod stt-engine:$version" ;;
    stt-web-ui) names="stt-web-ui:latest stt-web-ui:$version" ;;
    *) echo "there is no target $target" >&2; exit 2 ;;
  esac
  tags=""
  for name in $names; do tags="$tags --tag $name"; done
  first=${names%% *}
  case $builder in
    buildah) build="buildah bud --format docker" ;;
    podman) build="podman build --format docker" ;;
    *) build="docker build" ;;
  esac
  # shellcheck disable=SC2086 # lists of words
  $build --file docker/Dockerfile --target "$target" $tags ${BASE:+--build-arg BASE="$BASE"} \
    --build-arg MODEL="${MODEL:-}" --build-arg VERSION="$version" \
    --build-arg REVISION="$revision" --build-arg CREATED="$created" .
  if [ "$builder" = buildah ]; then
    container=$(buildah from "$first")
    buildah run "$container" -- cat /usr/share/sbom.cdx.json > "build/sbom/$target.cdx.json"
    buildah rm "$container" > /dev/null
  else
    "$builder" run --rm --entrypoint cat "$first" /usr/share/sbom.cdx.json > "build/sbom/$target.cdx.json"
  fi
  echo "$first: build/sbom/$target.cdx.json"
done
