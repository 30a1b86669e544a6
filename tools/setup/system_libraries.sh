#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the system libraries of headless rendering where it may, else names the command. Never fails a set-up:
# only cameras of the simulation need them.
set -uo pipefail

packages="libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libgles2"
missing=""
for library in libEGL.so.1 libEGL_mesa.so.0 libGL.so.1 libGLESv2.so.2; do
    (PATH=$PATH:/sbin:/usr/sbin ldconfig -p) 2>/dev/null | grep -q "$library" || missing="$missing $library"
done
[[ -n $missing ]] || exit 0

say() { printf '[run] %s\n' "$*" >&2; }
say "headless rendering needs system libraries that are missing:$missing"
command="apt-get install -y --no-install-recommends $packages"
may=()
if [[ $(id -u) -ne 0 ]]; then may=(sudo -n); fi
if ! command -v apt-get >/dev/null || ! "${may[@]}" true 2>/dev/null; then
    say "cannot install them here; on Debian and Ubuntu run: sudo $command"
    exit 0
fi
say "installing them: ${may[*]} $command"
# shellcheck disable=SC2086
"${may[@]}" env DEBIAN_FRONTEND=noninteractive $command >/dev/null 2>&1 ||
    { "${may[@]}" apt-get update -qq && "${may[@]}" env DEBIAN_FRONTEND=noninteractive $command >/dev/null; } ||
    say "the installation failed; run it yourself: sudo $command"
exit 0
