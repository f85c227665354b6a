<?php
/**
 * Reference oracle for derived variables.
 *
 * Reads one JSON request per line on stdin, writes one JSON answer per line on stdout. The values are computed by the lazy
 * variable computer of the AbuseFilter extension installed with Debian's "mediawiki" package.
 * See README.md next to this file for the request and answer formats.
 *
 * Usage: php derive.php --conf=DIR/LocalSettings.php < requests > answers
 */

ini_set( 'memory_limit', '2G' );

require_once __DIR__ . '/start.php';
require_once __DIR__ . '/protocol.php';

use MediaWiki\Extension\AbuseFilter\Variables\VariableHolder;

class WikiwardDerive extends Maintenance {
	/** Derived variable => method of the computer and its parameters. */
	private const RECIPES = [
		'edit_diff' => [ 'diff', [ 'oldtext-var' => 'old_wikitext', 'newtext-var' => 'new_wikitext' ] ],
		'edit_diff_pst' => [ 'diff', [ 'oldtext-var' => 'old_wikitext', 'newtext-var' => 'new_pst' ] ],
		'added_lines' => [ 'diff-split', [ 'diff-var' => 'edit_diff', 'line-prefix' => '+' ] ],
		'added_lines_pst' => [ 'diff-split', [ 'diff-var' => 'edit_diff_pst', 'line-prefix' => '+' ] ],
		'removed_lines' => [ 'diff-split', [ 'diff-var' => 'edit_diff', 'line-prefix' => '-' ] ],
		'old_size' => [ 'length', [ 'length-var' => 'old_wikitext' ] ],
		'new_size' => [ 'length', [ 'length-var' => 'new_wikitext' ] ],
		'edit_delta' => [ 'subtract-int', [ 'val1-var' => 'new_size', 'val2-var' => 'old_size' ] ],
		'added_links' => [ 'link-diff-added', [ 'oldlink-var' => 'old_links', 'newlink-var' => 'new_links' ] ],
		'removed_links' => [ 'link-diff-removed', [ 'oldlink-var' => 'old_links', 'newlink-var' => 'new_links' ] ],
		'new_text' => [ 'strip-html', [ 'html-var' => 'new_html' ] ],
	];

	public function __construct() {
		parent::__construct();
		$this->addDescription( 'Computes derived variables of edits read as JSON lines' );
	}

	public function execute() {
		$manager = MediaWiki\MediaWikiServices::getInstance()->get( 'AbuseFilterVariablesManager' );
		while ( ( $line = fgets( STDIN ) ) !== false ) {
			if ( trim( $line ) === '' ) {
				continue;
			}
			$request = json_decode( $line, true );
			$answer = is_array( $request ) ? self::answer( $manager, $request ) : [ 'error' => 'badrequest' ];
			fwrite( STDOUT, json_encode( $answer, WIKIWARD_JSON ) . "\n" );
			fflush( STDOUT );
		}
	}

	private static function answer( $manager, array $request ): array {
		$holder = new VariableHolder();
		foreach ( $request['vars'] ?? [] as $name => $value ) {
			$holder->setVar( (string)$name, wikiwardInput( $value ) );
		}
		// The order of RECIPES is that of dependence, so that a name is asked only when its inputs are there.
		$known = array_fill_keys( array_keys( $holder->getVars() ), true );
		$answer = isset( $request['id'] ) ? [ 'id' => $request['id'] ] : [];
		$wanted = $request['want'] ?? array_keys( self::RECIPES );
		foreach ( self::RECIPES as $name => [ $method, $parameters ] ) {
			$inputs = array_diff_key( $parameters, [ 'line-prefix' => true ] );
			if ( isset( $known[$name] ) || array_diff_key( array_flip( $inputs ), $known ) ) {
				continue;
			}
			$known[$name] = true;
			$holder->setLazyLoadVar( $name, $method, $parameters );
			if ( !in_array( $name, $wanted, true ) ) {
				continue;
			}
			try {
				$value = $manager->getVar( $holder, $name )->toNative();
			} catch ( Throwable $e ) {
				$answer['error'] = get_class( $e ) . ': ' . $e->getMessage();
				break;
			}
			$answer[$name] = ( $request['digest'] ?? false ) && is_string( $value )
				? [ '$sha256' => hash( 'sha256', $value ), 'bytes' => strlen( $value ) ]
				: wikiwardPlain( $value );
		}
		return $answer;
	}
}

$maintClass = WikiwardDerive::class;
require_once RUN_MAINTENANCE_IF_MAIN;
