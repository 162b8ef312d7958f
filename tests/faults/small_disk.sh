#!/bin/sh
# small_disk.sh FREE DATA COMMAND…: runs a database server whose data folder has so many megabytes left, until SIGTERM.
# To be run in a mount namespace of its own (unshare --mount): nobody else sees the filesystem, and it ends with it.
set -eu
free=$1 data=$2
shift 2
used=$(du --summarize --block-size=1M "$data" | cut -f 1)
mkdir -p "$data.small" "$data.whole"
mount --bind "$data" "$data.whole"
mount -t tmpfs -o "size=$((used + free))m" tmpfs "$data.small"
cp -a "$data.whole/." "$data.small"
mount --bind "$data.small" "$data"
trap : TERM
"$@" --user=root &
while kill -0 $! 2>/dev/null; do wait $! || true; done
find "$data.whole" -mindepth 1 -delete
cp -a "$data.small/." "$data.whole"
