<?php
/**
 * Plays a wiki's side of revert jobs: fetches what it is to undo from the service, carries it out with MediaWiki's own
 * services as far as it still fits, and reports what came of each. The wiki is a throw-away one.
 *
 * Usage: php undo.php --conf=DIR/LocalSettings.php --service=URL --wiki-id=NAME [--at-once=100] [--now=TIME]
 *   [--die=inside:N|after:N]
 *
 * With --now it is that time here. With --die it kills itself at the Nth instruction, for tests: inside of what it does, or after that and before it reports.
 * One line of JSON for each instruction tells what was reported.
 *
 * What was done is written into the wiki in one transaction with a log entry that names the instruction. Who finds such an
 * entry knows that an earlier run did it and could not report.
 */

require_once __DIR__ . '/side.php';

use MediaWiki\Block\DatabaseBlock;
use MediaWiki\MediaWikiServices;
use MediaWiki\User\UserIdentity;
use Wikimedia\Timestamp\ConvertibleTimestamp;

class WikiwardUndo extends WikiwardSide {
	/** Seconds between what the filter did and the log entry about it, at most. */
	private const SPAN = 60;

	/** Most characters of a reason beside the instruction's name: a comment has 500. */
	private const REASON_CHARACTERS = 400;

	/** @var int */
	private $count = 0;

	public function __construct() {
		parent::__construct();
		$this->addOption( 'at-once', 'How many instructions are fetched at once', false, true );
		$this->addOption( 'now', 'What time it is', false, true );
		$this->addOption( 'die', 'Where it kills itself', false, true );
	}

	public function execute() {
		if ( $this->hasOption( 'now' ) ) {
			ConvertibleTimestamp::setFakeTime( wfTimestamp( TS_MW, $this->getOption( 'now' ) ) );
		}
		$path = "/v1/wikis/{$this->wiki()}";
		$limit = (int)$this->getOption( 'at-once', 100 );
		do {
			$items = $this->ask( 'GET', "$path/revert-instructions?limit=$limit" )['items'];
			foreach ( $items as $it ) {
				$result = [ 'id' => $it['id'] ] + $this->carryOut( $it );
				$this->dieAt( 'after' );
				// One by one: what was done is known as soon as it was.
				$noted = $this->ask( 'POST', "$path/revert-results", [ 'results' => [ $result ] ] )['items'][0];
				$this->say( $result + [ 'user' => $it['target']['user'], 'status' => $noted['status'] ] );
				if ( $noted['status'] === 'unknown' ) {
					$this->fatalError( "the service does not know {$it['id']}" );
				}
			}
		} while ( $items );
	}

	private function dieAt( string $where ): void {
		if ( $this->getOption( 'die' ) === "$where:{$this->count}" ) {
			posix_kill( getmypid(), SIGKILL );
		}
	}

	/** Everything that one instruction changes, or nothing of it. */
	private function carryOut( array $it ): array {
		$this->count++;
		$dbw = $this->getDB( DB_PRIMARY );
		$this->beginTransaction( $dbw, __METHOD__ );
		try {
			switch ( $it['type'] ) {
				case 'unblock':
					$result = $this->unblock( $it );
					break;
				case 'regroup':
					$result = $this->regroup( $it );
					break;
				default:
					$result = self::failed( 'not_known', "nothing here undoes {$it['consequence']}" );
			}
		} catch ( Exception $error ) {
			$result = self::failed( 'error', get_class( $error ) );
		}
		$this->dieAt( 'inside' );
		if ( $result['result'] === 'failed' ) {
			$this->rollbackTransaction( $dbw, __METHOD__ );
		} else {
			$this->commitTransaction( $dbw, __METHOD__ );
		}
		return $result;
	}

	private static function failed( string $cause, string $note ): array {
		return [ 'result' => 'failed', 'cause' => $cause, 'note' => mb_substr( $note, 0, 500 ) ];
	}

	private static function nothing( string $cause ): array {
		return [ 'result' => 'nothing_to_do', 'cause' => $cause ];
	}

	/** The user meant, whatever the name is by now; null for addresses and for names that nobody has. */
	private function whom( array $it ): ?UserIdentity {
		$lookup = MediaWikiServices::getInstance()->getUserIdentityLookup();
		return $it['target']['id']
			? $lookup->getUserIdentityByUserId( $it['target']['id'], IDBAccessObject::READ_LATEST )
			: $lookup->getUserIdentityByName( $it['target']['user'], IDBAccessObject::READ_LATEST );
	}

	private function reason( array $it ): string {
		return mb_substr( "{$it['reason']} ({$it['by']})", 0, self::REASON_CHARACTERS ) . " [{$it['id']}]";
	}

	/** Whether an earlier run did what is to be done now. */
	private function wasDone( array $it, string $type, string $name ): bool {
		$system = $this->system()->getName();
		foreach ( $this->log( $type, $name ) as $entry ) {
			if ( $entry['by'] === $system && substr( $entry['comment'], -strlen( $it['id'] ) - 2 ) === "[{$it['id']}]" ) {
				return true;
			}
		}
		return false;
	}

	private function unblock( array $it ): array {
		$user = $this->whom( $it );
		$name = $user ? $user->getName() : $it['target']['user'];
		$block = $it['block_id'] ? DatabaseBlock::newFromID( $it['block_id'] ) : $this->blockOf( $name );
		if ( !$block ) {
			// Whose account was asked for is no target: there the block is known by its number alone.
			$about = $it['block_id'] ? $this->targetOf( $it['block_id'] ) ?? $name : $name;
			if ( $this->wasDone( $it, 'block', $about ) ) {
				return [ 'result' => 'reverted' ];
			}
			return self::nothing( $this->blockOf( $about ) ? 'changed_since' : 'not_blocked' );
		}
		if ( !$this->isAsPlaced( $block, $it ) ) {
			return self::nothing( 'changed_since' );
		}
		$other = $this->blockOf( $block->getTargetName() );
		if ( !$other || $other->getId() !== $block->getId() ) {
			return self::nothing( 'changed_since' );
		}
		$status = MediaWikiServices::getInstance()->getUnblockUserFactory()
			->newUnblockUser( $block->getTargetName(), $this->system(), $this->reason( $it ) )->unblockUnsafe();
		if ( !$status->isOK() ) {
			return self::failed( 'refused', $status->getMessage( false, false, 'en' )->text() );
		}
		return [ 'result' => 'reverted' ];
	}

	/** The block of exactly this user or address; no automatic one, and no range's. */
	private function blockOf( string $name ): ?DatabaseBlock {
		foreach ( DatabaseBlock::newListFromTarget( $name, null, true ) as $block ) {
			if ( in_array( $block->getType(), [ DatabaseBlock::TYPE_USER, DatabaseBlock::TYPE_IP ] ) ) {
				return $block;
			}
		}
		return null;
	}

	/** Ids of the log entries about a block. */
	private function entriesOf( int $block_id ): array {
		return array_map( 'intval', $this->getDB( DB_PRIMARY )->selectFieldValues( 'log_search', 'ls_log_id',
			[ 'ls_field' => 'ipb_id', 'ls_value' => (string)$block_id ], __METHOD__ ) );
	}

	/** Whom a block that is gone was about. */
	private function targetOf( int $block_id ): ?string {
		$entries = $this->entriesOf( $block_id );
		if ( !$entries ) {
			return null;
		}
		$title = $this->getDB( DB_PRIMARY )->selectField( 'logging', 'log_title', [ 'log_id' => min( $entries ) ], __METHOD__ );
		return $title === false ? null : strtr( $title, '_', ' ' );
	}

	/** Whether a block is ours and nobody changed it: the log knows of nothing but its being placed, with the hit. */
	private function isAsPlaced( DatabaseBlock $block, array $it ): bool {
		$system = $this->system();
		if ( !$block->getBlocker() || $block->getBlocker()->getId() !== $system->getId() ) {
			return false;
		}
		$ids = $this->entriesOf( $block->getId() );
		$entries = array_filter( $this->log( 'block', $block->getTargetName() ),
			static fn ( $entry ) => in_array( $entry['id'], $ids ) );
		$entry = reset( $entries );
		return count( $ids ) === 1 && $entry && $entry['action'] === 'block' && $entry['by'] === $system->getName()
			&& abs( $entry['at'] - (int)wfTimestamp( TS_UNIX, $it['at'] ) ) <= self::SPAN;
	}

	private function regroup( array $it ): array {
		$user = $this->whom( $it );
		if ( !$user ) {
			return self::failed( 'no_such_user', '' );
		}
		if ( $this->wasDone( $it, 'rights', $user->getName() ) ) {
			return [ 'result' => 'reverted' ];
		}
		if ( $this->groupsChanged( $user, $it ) ) {
			return self::nothing( 'groups_changed' );
		}
		$manager = MediaWikiServices::getInstance()->getUserGroupManager();
		$before = $this->groups( $user );
		$missing = array_diff( $it['groups'], array_keys( $before ) );
		$now = wfTimestamp( TS_UNIX );
		$ended = array_filter( $missing, static fn ( $group ) =>
			isset( $it['until'][$group] ) && wfTimestamp( TS_UNIX, $it['until'][$group] ) <= $now );
		$missing = array_diff( $missing, $ended );
		if ( !$missing ) {
			return self::nothing( $ended ? 'ended' : 'not_missing' );
		}
		$after = $before;
		foreach ( $missing as $group ) {
			if ( !in_array( $group, $manager->listAllGroups() ) ) {
				return self::failed( 'no_such_group', $group );
			}
			$after[$group] = $it['until'][$group] ?? null;
			if ( !$manager->addUserToGroup( $user, $group, $after[$group] ) ) {
				return self::failed( 'refused', $group );
			}
		}
		$this->logGroups( $this->system(), $user, $before, $after, $this->reason( $it ) );
		return [ 'result' => 'reverted', 'note' => implode( ', ', $missing ) ];
	}

	/** Whether somebody changed the user's groups since the filter did. What MediaWiki gives by itself is nobody's doing. */
	private function groupsChanged( UserIdentity $user, array $it ): bool {
		$system = $this->system()->getName();
		$at = (int)wfTimestamp( TS_UNIX, $it['at'] );
		$entries = array_filter( $this->log( 'rights', $user->getName() ),
			static fn ( $entry ) => $entry['action'] === 'rights' && $entry['at'] >= $at - self::SPAN );
		$ours = 0;
		foreach ( $entries as $entry ) {
			$taken = array_diff( $entry['params']['4::oldgroups'] ?? [], $entry['params']['5::newgroups'] ?? [] );
			if ( $entry['by'] === $system && !array_diff( $it['groups'], $taken ) ) {
				$ours = $entry['id'];
				break;
			}
		}
		foreach ( $entries as $entry ) {
			if ( $entry['by'] !== $system && $entry['id'] > $ours ) {
				return true;
			}
		}
		return false;
	}
}

$maintClass = WikiwardUndo::class;
require_once RUN_MAINTENANCE_IF_MAIN;
