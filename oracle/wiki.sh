#!/bin/sh
# Makes a throw-away wiki with AbuseFilter's tables, in DIR. Nothing listens anywhere, unless a database server is named.
#   wiki.sh DIR                                on SQLite: DIR/data/wiki.sqlite
#   wiki.sh DIR HOST:PORT DATABASE USER PASS   on MySQL or MariaDB
# MW_INSTALL_PATH names another MediaWiki than Debian's package.
set -eu

dir=${1:?usage: wiki.sh DIR [HOST:PORT DATABASE USER PASSWORD]}
core=${MW_INSTALL_PATH:-/usr/share/mediawiki}
mkdir -p "$dir/data"
dir=$(cd "$dir" && pwd)
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
if [ $# -gt 1 ]; then
	set -- --dbtype mysql --dbserver "$2" --dbname "$3" --dbuser "$4" --dbpass "$5"
else
	set -- --dbtype sqlite --dbpath "$dir/data" --dbname wiki
fi
php "$core/maintenance/install.php" "$@" --confpath "$dir" --scriptpath /w --server http://127.0.0.1 --lang en \
	--pass "$password" --skins "" Wiki Admin >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }
cat >>"$dir/LocalSettings.php" <<'PHP'

wfLoadExtension( 'AbuseFilter' );
// What the newest names of consequences need.
$wgAbuseFilterActions['rangeblock'] = false;
$wgAbuseFilterActions['degroup'] = true;
// Some filters are global ones.
$wgAbuseFilterIsCentral = true;
// Texts are kept as most wikis keep them.
$wgCompressRevisions = true;
PHP
php "$core/maintenance/update.php" --conf "$dir/LocalSettings.php" --quick >"$dir/update.log" 2>&1 ||
	{ cat "$dir/update.log" >&2; exit 1; }
echo "wiki ready: $dir/LocalSettings.php"
