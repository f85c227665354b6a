<?php
/**
 * What AbuseFilter itself says of its filters, versions and log, one JSON object a line: what is compared with what was
 * brought over from its tables.
 *
 * Usage: php rows.php --conf=DIR/LocalSettings.php [--every=100]
 *
 * Lines are {"filter": …} with the export, {"version": …} and {"hit": …}; every so manieth hit has its variables.
 */

require_once __DIR__ . '/start.php';

use MediaWiki\Extension\AbuseFilter\AbuseFilterServices;
use MediaWiki\MediaWikiServices;

class WikiwardRows extends Maintenance {
	public function __construct() {
		parent::__construct();
		$this->addOption( 'every', 'Which hits have their variables', false, true );
	}

	public function execute() {
		$this->requireExtension( 'Abuse Filter' );
		$db = MediaWikiServices::getInstance()->getDBLoadBalancer()->getConnection( DB_REPLICA );
		$lookup = AbuseFilterServices::getFilterLookup();
		$importer = AbuseFilterServices::getFilterImporter();
		foreach ( $db->selectFieldValues( 'abuse_filter', 'af_id', '', __METHOD__, [ 'ORDER BY' => 'af_id' ] ) as $id ) {
			$filter = $lookup->getFilter( (int)$id, false );
			$this->line( 'filter', [
				'id' => (int)$id,
				'export' => $importer->encodeData( $filter, $filter->getActions() ),
				'hits' => $filter->getHitCount(),
				'by' => $filter->getUserName(),
				'at' => wfTimestamp( TS_ISO_8601, $filter->getTimestamp() ),
				'throttled' => $filter->isThrottled(),
				'global' => $filter->isGlobal(),
			] );
		}
		$versions = [];
		foreach ( $db->selectFieldValues( 'abuse_filter_history', 'afh_id', '', __METHOD__, [ 'ORDER BY' => 'afh_id' ] ) as $id ) {
			$version = $lookup->getFilterVersion( (int)$id );
			$number = $versions[$version->getID()] = ( $versions[$version->getID()] ?? 0 ) + 1;
			$this->line( 'version', [
				'filter' => $version->getID(), 'version' => $number,
				'rules' => $version->getRules(), 'name' => $version->getName(), 'notes' => $version->getComments(),
				'actions' => (object)$version->getActions(), 'by' => $version->getUserName(),
				'at' => wfTimestamp( TS_ISO_8601, $version->getTimestamp() ),
				'enabled' => $version->isEnabled(), 'deleted' => $version->isDeleted(), 'hidden' => $version->isHidden(),
				'global' => $version->isGlobal(),
			] );
		}
		$every = (int)$this->getOption( 'every', 100 );
		$store = AbuseFilterServices::getVariablesBlobStore();
		foreach ( $db->select( 'abuse_filter_log', '*', '', __METHOD__, [ 'ORDER BY' => 'afl_id' ] ) as $row ) {
			$hit = [
				'id' => (int)$row->afl_id, 'filter' => (int)$row->afl_filter_id, 'user' => $row->afl_user_text,
				'number' => (int)$row->afl_user, 'kind' => $row->afl_action,
				'taken' => $row->afl_actions === '' ? [] : explode( ',', $row->afl_actions ),
				'at' => wfTimestamp( TS_ISO_8601, $row->afl_timestamp ), 'ns' => (int)$row->afl_namespace,
				'title' => strtr( $row->afl_title, '_', ' ' ), 'rev' => $row->afl_rev_id ? (int)$row->afl_rev_id : null,
				'hidden' => (bool)$row->afl_deleted,
			];
			if ( $row->afl_id % $every === 0 ) {
				$vars = $store->loadVarDump( MW_VERSION < '1.42' ? $row->afl_var_dump : $row );
				$hit['variables'] = array_map( static fn ( $var ) => $var->toNative(), $vars->getVars() );
			}
			$this->line( 'hit', $hit );
		}
	}

	private function line( string $what, array $of ): void {
		$flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR;
		$this->output( json_encode( [ $what => $of ], $flags ) . "\n" );
	}
}

$maintClass = WikiwardRows::class;
require_once RUN_MAINTENANCE_IF_MAIN;
