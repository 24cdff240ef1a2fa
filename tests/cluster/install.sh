#!/usr/bin/env bash
# Install what the tests of this folder need beside Python packages: Slurm with its daemons, network namespaces, a file
# system whose locks other computers do not see, and a compiler for one whose locks are refused.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurm-wlm slurmctld slurmd slurm-client munge iproute2 \
    bindfs fuse3 gcc libc6-dev
