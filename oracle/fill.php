<?php
/**
 * Fills a throw-away wiki's AbuseFilter through its own classes: filters of every kind, each with a history, and a log
 * whose rows carry variables. The same seed gives the same content. The wiki's clock is set for it.
 *
 * Usage: php fill.php --conf=DIR/LocalSettings.php [--filters=200] [--hits=10000] [--more]
 *
 * With --more it goes on where it ended: some filters get one more version, and the log 100 more rows. Writes one line of
 * JSON that tells how many rows each table has.
 */

require_once __DIR__ . '/start.php';

use MediaWiki\Extension\AbuseFilter\AbuseFilterServices;
use MediaWiki\Extension\AbuseFilter\Filter\Flags;
use MediaWiki\Extension\AbuseFilter\Filter\LastEditInfo;
use MediaWiki\Extension\AbuseFilter\Filter\MutableFilter;
use MediaWiki\Extension\AbuseFilter\Filter\Specs;
use MediaWiki\Extension\AbuseFilter\Variables\VariableHolder;
use MediaWiki\MediaWikiServices;
use MediaWiki\Permissions\UltimateAuthority;
use Wikimedia\Timestamp\ConvertibleTimestamp;

class WikiwardFill extends Maintenance {
	/** Midnight of 1 March 2026, UTC. */
	private const START = 1772323200;

	/** @var int */
	private $now = self::START;

	public function __construct() {
		parent::__construct();
		$this->addOption( 'filters', 'How many', false, true );
		$this->addOption( 'hits', 'How many', false, true );
		$this->addOption( 'more', 'Go on where it ended' );
	}

	public function execute() {
		$this->requireExtension( 'Abuse Filter' );
		ConvertibleTimestamp::setFakeTime( fn () => $this->now );
		$dbw = MediaWikiServices::getInstance()->getDBLoadBalancer()->getConnection( DB_PRIMARY );
		$editors = array_map( [ $this, 'user' ], [ 'Editor A', 'Editor B', 'Éditrice Ç', '编辑者' ] );
		$filters = (int)$this->getOption( 'filters', 200 );
		if ( $this->hasOption( 'more' ) ) {
			$this->now = self::START + 90 * 86400;
			$this->edit( 3, $editors[0], 99 );
			$this->edit( 4, $editors[1], 99 );
			$this->hits( $dbw, $filters, 100, 1 );
		} else {
			for ( $n = 1; $n <= $filters; $n++ ) {
				$this->now = self::START + $n * 600;
				$this->create( $n, $editors[$n % 4] );
				for ( $version = 2; $version <= 1 + $n % 5; $version++ ) {
					$this->now += 60;
					$this->edit( $n, $editors[( $n + $version ) % 4], $version );
				}
			}
			$this->now = self::START + 30 * 86400;
			$this->hits( $dbw, $filters, (int)$this->getOption( 'hits', 10000 ), 0 );
			$this->afterwards( $dbw );
		}
		$counts = [];
		foreach ( [ 'abuse_filter', 'abuse_filter_action', 'abuse_filter_history', 'abuse_filter_log' ] as $table ) {
			$counts[$table] = (int)$dbw->selectField( $table, 'COUNT(*)', '', __METHOD__ );
		}
		$this->output( json_encode( $counts ) . "\n" );
	}

	private function user( string $name ): User {
		return User::newSystemUser( $name, [ 'steal' => true ] );
	}

	/** What filter $n does, at its first version and later. */
	private function actions( int $n, int $version ): array {
		$all = [
			[],
			[ 'warn' => [ 'abusefilter-warning' ] ],
			[ 'disallow' => [ 'abusefilter-disallowed' ] ],
			[ 'tag' => [ "possible spam $n", 'zweites Etikett' ] ],
			[ 'throttle' => [ null, '3,60', "user,ip", 'page' ], 'disallow' => [ 'abusefilter-disallowed' ] ],
			[ 'block' => [ 'noTalkBlockSet', '31 hours', 'indefinite' ] ],
			[ 'blockautopromote' => [], 'warn' => [ $this->isGlobal( $n ) ? 'abusefilter-warning' : 'abusefilter-warning-own' ] ],
		];
		return $all[( $n + $version ) % 7];
	}

	private function isGlobal( int $n ): bool {
		return $n % 10 === 7;
	}

	private function rules( int $n, int $version ): string {
		$texts = [
			"user_editcount < $n & added_lines rlike \"spam $n\"",
			"/* Prüfung № $n 😀 */\r\naction == \"edit\" &\r\n\"vérité <b>\" in new_wikitext",
			"page_namespace == 0 & edit_delta > " . ( 100 * $n ) . " & !(\"sysop\" in user_groups)",
			"article_text == \"Seite $n\" | old_size == $version",
		];
		return $texts[$n % 4] . ( $version > 1 ? " | user_age < $version" : '' );
	}

	private function filter( int $n, int $version, ?int $id ): MutableFilter {
		$actions = $this->actions( $n, $version );
		$is_deleted = $n % 17 === 0 && $version === 1 + $n % 5;
		$is_enabled = !$is_deleted && $n % 3 !== 0;
		$is_hidden = $n % 4 === 1;
		$group = 'default';
		$flags = MW_VERSION < '1.42'
			? new Flags( $is_enabled, $is_deleted, $is_hidden, $this->isGlobal( $n ) )
			: new Flags( $is_enabled, $is_deleted, (int)$is_hidden, $this->isGlobal( $n ) );
		$by = new LastEditInfo( 0, '', '' );
		return new MutableFilter(
			new Specs( $this->rules( $n, $version ), "Notes of $n, version $version\nline two", "Filter $n: \"Müll\" & <more>",
				array_keys( $actions ), $group ),
			$flags, $actions, $by, $id
		);
	}

	private function save( User $by, ?int $id, MutableFilter $new, $old ): void {
		$status = AbuseFilterServices::getFilterStore()->saveFilter( new UltimateAuthority( $by ), $id, $new, $old );
		if ( !$status->isGood() ) {
			$this->fatalError( "filter not saved: $status" );
		}
	}

	private function create( int $n, User $by ): void {
		$this->save( $by, null, $this->filter( $n, 1, null ), MutableFilter::newDefault() );
	}

	private function edit( int $n, User $by, int $version ): void {
		$lookup = AbuseFilterServices::getFilterLookup();
		$lookup->clearLocalCache();
		$old = $lookup->getFilter( $n, false );
		$this->save( $by, $n, $this->filter( $n, $version, $n ), $old );
	}

	private function hits( $dbw, int $filters, int $hits, int $seed ): void {
		mt_srand( 4711 + $seed );
		$factory = AbuseFilterServices::getAbuseLoggerFactory();
		$people = array_map( [ $this, 'user' ], [ 'Person 1', 'Person 2', 'Person "drei"', '人 4' ] );
		foreach ( [ '192.0.2.7', '2001:DB8:0:0:0:0:0:9' ] as $address ) {
			$people[] = User::newFromName( $address, false );
		}
		$done = 0;
		$dbw->startAtomic( __METHOD__ );
		while ( $done < $hits ) {
			$this->now += mt_rand( 0, 120 );
			$user = $people[mt_rand( 0, count( $people ) - 1 )];
			$title = Title::makeTitle( mt_rand( 0, 9 ) ? NS_MAIN : NS_USER_TALK, 'Seite_' . mt_rand( 1, 500 ) . '_ß' );
			$taken = [];
			for ( $more = 0; $more <= ( mt_rand( 0, 4 ) === 0 ? 1 : 0 ) && $done + count( $taken ) < $hits; $more++ ) {
				$sets = [ [], [ 'warn' ], [ 'disallow', 'tag' ], [ 'tag' ], [ 'block' ] ];
				$taken[mt_rand( 1, $filters )] = $sets[mt_rand( 0, 4 )];
			}
			$vars = VariableHolder::newFromArray( [
				'action' => mt_rand( 0, 19 ) ? 'edit' : 'move',
				'user_name' => $user->getName(),
				'user_editcount' => mt_rand( 0, 1000 ),
				'user_groups' => [ '*', 'user' ],
				'page_namespace' => $title->getNamespace(),
				'page_title' => $title->getText(),
				'article_articleid' => 12,
				'old_wikitext' => "alt\n",
				'new_wikitext' => "neu № " . mt_rand() . " 😀 <b>&</b>\n",
				'added_lines' => [ 'neu' ],
				'user_blocked' => false,
				'edit_delta' => -3,
				'summary' => '',
			] );
			$factory->newLogger( $title, $user, $vars )->addLogEntries( $taken );
			$done += count( $taken );
		}
		$dbw->endAtomic( __METHOD__ );
	}

	/** What happens later: revisions, hidden rows, addresses, the brake, rows of other wikis' logs. */
	private function afterwards( $dbw ): void {
		$address = $dbw->fieldExists( 'abuse_filter_log', 'afl_ip_hex', __METHOD__ )
			? [ 'afl_ip_hex' => 'C0000207' ] : [ 'afl_ip' => '192.0.2.7' ];
		$dbw->update( 'abuse_filter_log', $address, [ 'afl_id % 2 = 0' ], __METHOD__ );
		$dbw->update( 'abuse_filter_log', [ 'afl_deleted' => 1 ], [ 'afl_id % 97 = 0' ], __METHOD__ );
		$dbw->update( 'abuse_filter_log', [ 'afl_rev_id = afl_id + 1000' ],
			[ "afl_actions IN ('', 'tag')" ], __METHOD__ );
		$dbw->update( 'abuse_filter', [ 'af_throttled' => 1 ], [ 'af_id' => [ 5, 12 ] ], __METHOD__ );
		$dbw->update( 'abuse_filter', [ 'af_hit_count = af_id * 3' ], '*', __METHOD__ );
	}
}

$maintClass = WikiwardFill::class;
require_once RUN_MAINTENANCE_IF_MAIN;
