#!/usr/bin/env bash
# Install what the tests of this folder need beside Python packages: Slurm with its daemons, and network namespaces.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurm-wlm slurmctld slurmd slurm-client munge iproute2
