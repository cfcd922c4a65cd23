#!/bin/sh
# Install the system packages listed in a file when run as root on Debian or Ubuntu; otherwise name the missing ones.
set -eu
list=$(sed 's/#.*//' "$1" | tr -s ' \n' ' ')
command -v dpkg-query >/dev/null 2>&1 || {
  echo "This is not a Debian-like system. Triptych's window needs OpenGL, EGL and the X11 libraries that Qt uses; see $1 for their Debian names."
  exit 0
}
missing=""
for package in $list; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
  echo "Installing system packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "These system packages are missing; the window or some tests need them:"
  echo "  sudo apt-get install --no-install-recommends$missing"
fi
