<?php
/**
 * Plays a wiki on which people act: asks the service about each action, carries out what the verdict says with MediaWiki's
 * own services, and reports what it did. The wiki is a throw-away one.
 *
 * Usage: php act.php --conf=DIR/LocalSettings.php --service=URL --wiki-id=NAME < actions
 *
 * An action is a line of JSON: {"id": "a1", "user": "Anna", "summary": "…"}; "kind" is edit if nothing is said, "address" is
 * the request's. A user whose name is an address is nobody's account; of "createaccount", "account" is the name asked for.
 * With "silent": true the wiki dies before it can report. Each is answered with a line: the decision, and what was done.
 */

require_once __DIR__ . '/side.php';

use MediaWiki\MediaWikiServices;
use Wikimedia\IPUtils;

class WikiwardAct extends WikiwardSide {
	public function execute() {
		foreach ( $this->lines() as $action ) {
			$verdict = $this->ask( 'POST', '/v1/evaluate', $this->request( $action ) );
			if ( $verdict['status'] !== 'complete' ) {
				$this->fatalError( "no verdict on {$action['id']}: " . json_encode( $verdict ) );
			}
			$executed = [];
			foreach ( $verdict['instructions'] as $instruction ) {
				$executed[] = $this->carryOut( $instruction );
			}
			if ( !( $action['silent'] ?? false ) ) {
				$this->ask( 'POST', "/v1/evaluations/{$verdict['evaluation_id']}/outcome", [
					'wiki' => $this->getOption( 'wiki-id' ),
					'result' => $verdict['decision'] === 'allow' ? 'saved' : 'refused',
					'executed' => $executed,
				] );
			}
			$this->say( [ 'id' => $action['id'], 'decision' => $verdict['decision'], 'executed' => $executed ] );
		}
	}

	private function request( array $action ): array {
		$kind = $action['kind'] ?? 'edit';
		$user = User::newFromName( $action['user'], false );
		$is_address = IPUtils::isIPAddress( $action['user'] );
		$manager = MediaWikiServices::getInstance()->getUserGroupManager();
		$groups = $manager->getUserEffectiveGroups( $user );
		$vars = [ 'action' => $kind, 'summary' => $action['summary'] ?? '', 'user_groups' => $groups ];
		$name = $action['account'] ?? $action['user'];
		$vars[$kind === 'createaccount' ? 'account_name' : 'user_name'] = $name;
		return [
			'wiki' => $this->getOption( 'wiki-id' ),
			'group' => 'default',
			'mode' => 'enforce',
			'action' => [ 'id' => $action['id'], 'kind' => $kind ],
			'actor' => [
				'id' => $is_address ? null : $user->getId(),
				'name' => $name,
				'type' => $is_address ? 'ip' : 'named',
				'groups' => $groups,
				'edit_count' => $is_address ? null : (int)$user->getEditCount(),
				'age_s' => $is_address ? null : time() - (int)wfTimestamp( TS_UNIX, $user->getRegistration() ),
			],
			'target' => [ 'ns' => 0, 'title' => 'Sandbox' ],
			'request' => [ 'ip' => $is_address ? $action['user'] : $action['address'] ?? '192.0.2.99' ],
			'vars' => $vars,
		];
	}

	private function carryOut( array $it ): array {
		switch ( $it['type'] ) {
			case 'block':
				return $this->block( $it );
			case 'degroup':
				return $this->degroup( $it );
			default:
				// Holds of automatic promotion are the service's; everything else leaves nothing behind.
				return [ 'type' => $it['type'], 'ok' => true ];
		}
	}

	private function reason( array $it ): string {
		return wfMessage( $it['reason']['key'], ...$it['reason']['params'] )->inContentLanguage()->text();
	}

	private function block( array $it ): array {
		$system = $this->system();
		$block = MediaWikiServices::getInstance()->getBlockUserFactory()->newBlockUser(
			$it['target']['user'], $system, $it['expiry'], $this->reason( $it ), [
				'isHardBlock' => $it['hard'],
				'isAutoblocking' => $it['autoblock'],
				'isCreateAccountBlocked' => $it['create_account'],
				'isUserTalkEditBlocked' => $it['talk'],
			] );
		if ( $it['suppress_log'] ) {
			$block->setLogDeletionFlags( LogPage::SUPPRESSED_ACTION );
		}
		$status = $block->placeBlockUnsafe();
		$done = [ 'type' => 'block', 'ok' => $status->isOK() ];
		return $status->isOK() ? $done + [ 'block_id' => $status->getValue()->getId() ] : $done;
	}

	private function degroup( array $it ): array {
		$manager = MediaWikiServices::getInstance()->getUserGroupManager();
		$user = User::newFromName( $it['target']['user'] );
		$before = $this->groups( $user );
		$taken = [];
		foreach ( $before as $group => $until ) {
			if ( $manager->removeUserFromGroup( $user, $group ) ) {
				$taken[$group] = $until;
			}
		}
		if ( !$taken ) {
			return [ 'type' => 'degroup', 'ok' => false ];
		}
		$this->logGroups( $this->system(), $user, $before, array_diff_key( $before, $taken ), $this->reason( $it ) );
		$done = [ 'type' => 'degroup', 'ok' => true, 'groups' => array_keys( $taken ) ];
		$until = array_filter( $taken, 'is_string' );
		return $until ? $done + [ 'until' => $until ] : $done;
	}
}

$maintClass = WikiwardAct::class;
require_once RUN_MAINTENANCE_IF_MAIN;
