#!/bin/sh
# What the whole suite needs from the system: root on Debian gets it installed, everybody else is told what is left out.
set -eu

missing=
needs() { # needs PACKAGE WHAT-IS-LEFT-OUT COMMAND…: the command finds out whether it is there
	package=$1 left_out=$2
	shift 2
	if "$@" >/dev/null 2>&1; then return; fi
	missing="$missing $package"
	sentences="${sentences-}$left_out To have it on Debian or Ubuntu: apt-get install $package
"
}

a_browser() {
	for name in chromium-headless-shell chromium chromium-browser google-chrome; do
		if command -v "$name"; then return; fi
	done
	return 1
}
a_library() { [ "$(uname)" != Linux ] || /sbin/ldconfig -p | grep -q 'libatomic\.so\.1'; }
a_chinese_font() { fc-list :lang=zh family | grep -q .; }
a_typesetter() { [ "$(uname)" != Linux ] || /sbin/ldconfig -p | grep -q 'libpangoft2-1\.0\.so'; }
a_divider_of_fonts() { [ "$(uname)" != Linux ] || /sbin/ldconfig -p | grep -q 'libharfbuzz-subset\.so'; }
a_server() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }

needs chromium-headless-shell "Chromium is not here: the tests in a browser are left out." a_browser
needs libatomic1 "The library libatomic is not here, which drives the browser: the tests in a browser are left out." a_library
needs fonts-noto-cjk "No Chinese font is here: pictures of pages show boxes for words." a_chinese_font
needs libpangoft2-1.0-0 "Pango is not here: the tests of PDFs are left out." a_typesetter
needs libharfbuzz-subset0 "The library that divides fonts is not here: the tests of PDFs are left out." a_divider_of_fonts
needs fontconfig "The command fc-list is not here: the tests of PDFs are left out." command -v fc-list
needs postgresql "PostgreSQL is not here: the tests run on SQLite alone." a_server

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
	printf 'Installing%s.\n' "$missing"
	apt-get -q update
	# shellcheck disable=SC2086 # one word for each package
	DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
elif [ -n "$missing" ]; then
	printf '%s' "$sentences"
fi
