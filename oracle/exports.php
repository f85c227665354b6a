<?php
/**
 * Saves filters of every kind in a throw-away wiki, and writes each one's export as AbuseFilter's own page shows it, one a
 * line: what our export is compared with. The filters are ours; the wiki must be new.
 *
 * Usage: php exports.php --conf=DIR/LocalSettings.php > exports.jsonl
 */

require_once __DIR__ . '/start.php';

use MediaWiki\Extension\AbuseFilter\AbuseFilterServices;
use MediaWiki\Extension\AbuseFilter\Filter\Flags;
use MediaWiki\Extension\AbuseFilter\Filter\LastEditInfo;
use MediaWiki\Extension\AbuseFilter\Filter\MutableFilter;
use MediaWiki\Extension\AbuseFilter\Filter\Specs;
use MediaWiki\Permissions\UltimateAuthority;

class WikiwardExports extends Maintenance {
	public function execute() {
		$this->requireExtension( 'Abuse Filter' );
		foreach ( $this->cases() as $case ) {
			$this->output( $this->export( $case ) . "\n" );
		}
	}

	/** Rule, name, notes, consequences, enabled, deleted, privacy, global. */
	private function cases(): array {
		$plain = [ 'action == "edit"', 'Plain', '', [], true, false, 0, false ];
		$with = static fn ( array $changes ) => array_replace( $plain, $changes );
		$cases = [ $plain ];
		foreach ( [ [ true, false ], [ false, false ], [ false, true ] ] as [ $enabled, $deleted ] ) {
			foreach ( MW_VERSION < '1.42' ? [ 0, 1 ] : [ 0, 1, 2, 3 ] as $privacy ) {
				foreach ( [ false, true ] as $global ) {
					$cases[] = $with( [ 1 => "Flags $privacy", 4 => $enabled, 5 => $deleted, 6 => $privacy, 7 => $global ] );
				}
			}
		}
		$texts = [
			"\"<script>alert('&amp;')</script>\" in added_lines & 1 / 2 > 0",
			"/* one\r\ntwo\r\n */ 1 == 1\r\n& 2 == 2\n& 3 == 3\r",
			"\"é ß № 漢字 \u{1F600} \u{10FFFF} \u{2028}\u{2029} \u{200B}\u{FEFF}\" != \"\u{7f}\u{80}\u{a0}\"",
			"\"tab\there \\\\ back\\slash \\\"quoted\\\" / slash \u{8}\u{c}\u{b}\u{1b}\u{1}\" == ''",
			"true /* العربية עברית */",
			'1 == 1' . str_repeat( ' | added_lines rlike "(a|b)+c"', 300 ),
		];
		foreach ( $texts as $n => $text ) {
			$cases[] = $with( [ 0 => $text, 1 => "Text $n <b>&\"'\\/ é 😀", 2 => "notes:\r\n" . $text ] );
		}
		$actions = [
			[ 'warn' => [ 'abusefilter-warning' ] ],
			[ 'warn' => [ 'abusefilter-warning-eigene & <andere>' ] ],
			[ 'disallow' => [ 'abusefilter-disallowed' ] ],
			[ 'tag' => [ 'one', 'zwei & drei', "vi\u{1F600}r" ] ],
			[ 'throttle' => [ null, '3,60', 'user', 'ip,page' ], 'disallow' => [ 'abusefilter-disallowed' ] ],
			[ 'block' => [ 'blocktalk', '31 hours', 'indefinite' ] ],
			[ 'blockautopromote' => [] ],
			[ 'degroup' => [] ],
			[ 'warn' => [ 'abusefilter-warning' ], 'tag' => [ 'last' ], 'block' => [ 'noTalkBlockSet', '2 days', '1 week' ],
				'blockautopromote' => [], 'disallow' => [ 'abusefilter-disallowed' ],
				'throttle' => [ null, '10,86400', 'site' ] ],
		];
		foreach ( $actions as $n => $consequences ) {
			$cases[] = $with( [ 1 => "Consequences $n", 3 => $consequences ] );
		}
		return $cases;
	}

	private function export( array $case ): string {
		[ $rules, $name, $notes, $actions, $enabled, $deleted, $privacy, $global ] = $case;
		$filter = new MutableFilter(
			new Specs( $rules, $notes, $name, array_keys( $actions ), 'default' ),
			new Flags( $enabled, $deleted, MW_VERSION < '1.42' ? (bool)$privacy : $privacy, $global ),
			$actions, new LastEditInfo( 0, '', '' ), null
		);
		$by = new UltimateAuthority( User::newSystemUser( 'Exporter', [ 'steal' => true ] ) );
		$status = AbuseFilterServices::getFilterStore()->saveFilter( $by, null, $filter, MutableFilter::newDefault() );
		if ( !$status->isGood() ) {
			$this->fatalError( "not saved: $name: $status" );
		}
		$lookup = AbuseFilterServices::getFilterLookup();
		$lookup->clearLocalCache();
		$saved = $lookup->getFilter( $status->getValue()[0], false );
		$importer = AbuseFilterServices::getFilterImporter();
		return $importer->encodeData( $saved, $saved->getActions() );
	}
}

$maintClass = WikiwardExports::class;
require_once RUN_MAINTENANCE_IF_MAIN;
