<?php
/**
 * What scripts that play a wiki's side of the service share: asking it, the user in whose name filters act, and the log.
 *
 * The service is named by --service, the wiki by --wiki-id; the token stands in the environment as WIKIWARD_TOKEN.
 */

require_once __DIR__ . '/start.php';

use MediaWiki\MediaWikiServices;
use MediaWiki\User\UserIdentity;

abstract class WikiwardSide extends Maintenance {
	/** In whose name filters act. */
	private const SYSTEM_USER = 'Wikiward';

	public function __construct() {
		parent::__construct();
		$this->addOption( 'service', 'Where the service is: http://127.0.0.1:8480', false, true );
		$this->addOption( 'wiki-id', 'What the service calls this wiki', false, true );
	}

	/** Asks the service; what it answers, or the end. */
	protected function ask( string $method, string $path, ?array $body = null ): array {
		$url = rtrim( $this->getOption( 'service' ), '/' ) . $path;
		$options = [ 'method' => $method, 'timeout' => 30 ];
		if ( $body !== null ) {
			$options['postData'] = json_encode( $body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
		}
		$request = MediaWikiServices::getInstance()->getHttpRequestFactory()->create( $url, $options, __METHOD__ );
		$request->setHeader( 'Authorization', 'Bearer ' . getenv( 'WIKIWARD_TOKEN' ) );
		$request->setHeader( 'Content-Type', 'application/json' );
		$request->execute();
		$status = $request->getStatus();
		if ( $status < 200 || $status > 299 ) {
			$this->fatalError( "$method $path was answered $status: " . $request->getContent() );
		}
		return json_decode( $request->getContent(), true ) ?? [];
	}

	protected function wiki(): string {
		return rawurlencode( $this->getOption( 'wiki-id' ) );
	}

	protected function system(): User {
		return User::newSystemUser( self::SYSTEM_USER, [ 'steal' => true ] );
	}

	/** Each line of the standard input, read as JSON. */
	protected function lines(): iterable {
		while ( ( $line = fgets( STDIN ) ) !== false ) {
			yield json_decode( $line, true, 512, JSON_THROW_ON_ERROR );
		}
	}

	protected function say( array $line ): void {
		$this->output( json_encode( $line, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) . "\n" );
	}

	/** Entries of a log about a user or an address, the newest first: id, type, action, who, when, comment, parameters. */
	protected function log( string $type, string $name, int $limit = 50 ): array {
		$db = $this->getDB( DB_PRIMARY );
		$query = DatabaseLogEntry::getSelectQueryData();
		$page = TitleValue::tryNew( NS_USER, strtr( $name, ' ', '_' ) );
		if ( !$page ) {
			return [];
		}
		$rows = $db->select( $query['tables'], $query['fields'],
			array_merge( $query['conds'], [
				'log_type' => $type, 'log_namespace' => NS_USER, 'log_title' => $page->getDBkey() ] ),
			__METHOD__, [ 'ORDER BY' => 'log_id DESC', 'LIMIT' => $limit ] + $query['options'], $query['join_conds'] );
		$entries = [];
		foreach ( $rows as $row ) {
			$entry = DatabaseLogEntry::newFromRow( $row );
			$entries[] = [
				'id' => (int)$entry->getId(),
				'action' => $entry->getSubtype(),
				'by' => $entry->getPerformerIdentity()->getName(),
				'at' => (int)wfTimestamp( TS_UNIX, $entry->getTimestamp() ),
				'comment' => $entry->getComment(),
				'params' => $entry->getParameters(),
			];
		}
		return $entries;
	}

	/** Groups that were given, and until when each: null for good. */
	protected function groups( UserIdentity $user ): array {
		$manager = MediaWikiServices::getInstance()->getUserGroupManager();
		$groups = [];
		foreach ( $manager->getUserGroupMemberships( $user, IDBAccessObject::READ_LATEST ) as $membership ) {
			$until = $membership->getExpiry();
			$groups[$membership->getGroup()] = $until === null ? null : wfTimestamp( TS_ISO_8601, $until );
		}
		return $groups;
	}

	/** Writes a change of groups into the log, as the page for it does. */
	protected function logGroups( User $by, UserIdentity $user, array $before, array $after, string $reason ): void {
		$until = static fn ( array $groups ) => array_map(
			static fn ( $until ) => [ 'expiry' => $until === null ? null : wfTimestamp( TS_MW, $until ) ],
			array_values( $groups ) );
		$entry = new ManualLogEntry( 'rights', 'rights' );
		$entry->setPerformer( $by );
		$entry->setTarget( new TitleValue( NS_USER, strtr( $user->getName(), ' ', '_' ) ) );
		$entry->setComment( $reason );
		$entry->setParameters( [
			'4::oldgroups' => array_keys( $before ),
			'5::newgroups' => array_keys( $after ),
			'oldmetadata' => $until( $before ),
			'newmetadata' => $until( $after ),
		] );
		$entry->publish( $entry->insert() );
	}
}
