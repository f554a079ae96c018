#!/bin/sh
# Runs the test in network, mount and process namespaces of its own, with memory for its files: nothing of this
# machine's network is touched, and when this process ends, killed or not, the kernel takes everything away.
#   run.sh NODE EXCHANGE MINBEN REGISTER
# 77: skipped, because such namespaces cannot be made here.
set -u
mine="--net --mount --pid --fork --kill-child --mount-proc"
[ "$(id -u)" = 0 ] || mine="--map-root-user $mine"
trial='mount -t tmpfs agencies /mnt && ip link add name trial type bridge &&
       ip link add name one type veth peer name other && unshare --net --mount --uts true'
if ! why=$(unshare $mine sh -c "$trial" 2>&1); then
  echo "SKIPPED: network namespaces cannot be made here (iproute2 is needed, and root or user namespaces): $why"
  exit 77
fi
# --kill-child: process 1 of the namespace goes with this one, and all others with it.
node=$1
shift
exec unshare $mine sh -c 'mount -t tmpfs agencies /mnt && exec "$@"' sh "$node" "$(dirname "$0")/six_agencies.mjs" "$@"
