<?php
/**
 * What every script here begins with: errors to the standard error, and MediaWiki's frame for scripts.
 */

ini_set( 'display_errors', 'stderr' );
error_reporting( E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED & ~E_WARNING & ~E_NOTICE );

if ( PHP_SAPI !== 'cli' ) {
	exit( 1 );
}
if ( !getenv( 'MW_INSTALL_PATH' ) ) {
	putenv( 'MW_INSTALL_PATH=/usr/share/mediawiki' );
}
require_once getenv( 'MW_INSTALL_PATH' ) . '/maintenance/Maintenance.php';
