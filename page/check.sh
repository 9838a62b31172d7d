#!/usr/bin/env bash
# Builds the page anew and says whether the committed one in src/mimik/app/page is the same.
# Needs Node 20.19 or newer. Exit codes: 0 up to date, 1 not, 3 can't be checked here.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v npm >/dev/null; then
  echo "page/check.sh: no npm here, so the built page isn't checked" >&2
  exit 3
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
  echo "page/check.sh: Node $(node --version) is too old to build the page, so it isn't checked" >&2
  exit 3
fi
# Not "npm ci": it fails where an index lacks the builds of tools for other systems.
if ! [ -d node_modules ] && ! npm install --no-save --no-audit --no-fund --ignore-scripts; then
  echo "page/check.sh: the tools that build the page can't be installed, so it isn't checked" >&2
  exit 3
fi
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
npx tsc --noEmit
npx vite build --logLevel warn --emptyOutDir --outDir "$built"
if diff -rq "$built" ../src/mimik/app/page; then
  echo "page/check.sh: the built page is up to date"
else
  echo "page/check.sh: src/mimik/app/page is not what page/ builds: run 'npm run build' in page/ and commit it" >&2
  exit 1
fi
