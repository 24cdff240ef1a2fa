#!/usr/bin/env bash
# Install what the tests of this folder need beside Python packages: the browser. The packages are those of `.[browser]`.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
