<?php
/**
 * People of a throw-away wiki: makes them, does what its administrator does to them, and tells how they stand.
 *
 * Usage: php people.php --conf=DIR/LocalSettings.php [--service=URL --wiki-id=NAME] < deeds
 *
 * Deeds are lines of JSON; "user" names whom they are about:
 *   {"do": "make", "groups": {"editor": null, "uploader": "2030-01-01T00:00:00Z"}}
 *   {"do": "block", "expiry": "1 year"}   {"do": "unblock"}
 *   {"do": "groups", "add": ["editor"], "remove": []}     {"do": "give", "group": "editor"}, which no log tells of
 *   {"do": "rename", "to": "Annika"}
 *   {"do": "tell"}   answers with a line: block, groups, those that MediaWiki gives by itself, and the log's entries
 * With --service, automatic promotion is asked of the service.
 */

require_once __DIR__ . '/side.php';

use MediaWiki\Block\DatabaseBlock;
use MediaWiki\Extension\Renameuser\RenameuserSQL;
use MediaWiki\MediaWikiServices;
use Wikimedia\IPUtils;

class WikiwardPeople extends WikiwardSide {
	public function execute() {
		if ( $this->hasOption( 'service' ) ) {
			MediaWikiServices::getInstance()->getHookContainer()->register( 'GetAutoPromoteGroups',
				function ( $user, array &$promote ) {
					$name = rawurlencode( $user->getName() );
					$path = "/v1/wikis/{$this->wiki()}/autopromote-holds/$name?user_id={$user->getId()}";
					if ( $promote && $this->ask( 'GET', $path )['held'] ) {
						$promote = [];
					}
				} );
		}
		foreach ( $this->lines() as $deed ) {
			$this->perform( $deed, $deed['user'] );
			DeferredUpdates::doUpdates();
		}
	}

	private function perform( array $deed, string $name ): void {
		$services = MediaWikiServices::getInstance();
		$admin = User::newFromName( 'Admin' );
		$user = User::newFromName( $name, false );
		$manager = $services->getUserGroupManager();
		switch ( $deed['do'] ) {
			case 'make':
				if ( !$user->addToDatabase()->isOK() ) {
					$this->fatalError( "$name cannot be made" );
				}
				foreach ( $deed['groups'] ?? [] as $group => $until ) {
					$manager->addUserToGroup( $user, $group, $until );
				}
				break;
			case 'block':
				$this->good( $services->getBlockUserFactory()
					->newBlockUser( $name, $admin, $deed['expiry'], 'By hand' )->placeBlockUnsafe( true ) );
				break;
			case 'unblock':
				$this->good( $services->getUnblockUserFactory()
					->newUnblockUser( $name, $admin, 'By hand' )->unblockUnsafe() );
				break;
			case 'groups':
				$page = new UserrightsPage();
				$context = new DerivativeContext( RequestContext::getMain() );
				$context->setUser( $admin );
				$page->setContext( $context );
				$page->doSaveUserGroups( $user, $deed['add'] ?? [], $deed['remove'] ?? [], 'By hand' );
				break;
			case 'give':
				$manager->addUserToGroup( $user, $deed['group'] );
				break;
			case 'rename':
				$renamed = new RenameuserSQL( $name, $deed['to'], $user->getId(), $admin );
				if ( !$renamed->rename() ) {
					$this->fatalError( "$name cannot be renamed" );
				}
				break;
			case 'tell':
				$this->say( $this->tell( $user ) );
				break;
		}
	}

	private function good( Status $status ): void {
		if ( !$status->isOK() ) {
			$this->fatalError( (string)$status );
		}
	}

	private function tell( User $user ): array {
		$name = $user->getName();
		$block = null;
		foreach ( DatabaseBlock::newListFromTarget( $name, null, true ) as $found ) {
			$block = [
				'id' => $found->getId(),
				'by' => $found->getByName(),
				'until' => $found->getExpiry(),
				'is_automatic' => $found->getType() === DatabaseBlock::TYPE_AUTO,
			];
		}
		$is_address = IPUtils::isIPAddress( $name );
		$short = static fn ( array $entry ) => [ 'action' => $entry['action'], 'by' => $entry['by'], 'comment' => $entry['comment'] ];
		$manager = MediaWikiServices::getInstance()->getUserGroupManager();
		return [
			'user' => $name,
			'block' => $block,
			'groups' => (object)( $is_address ? [] : $this->groups( $user ) ),
			'promoted' => $is_address ? [] : $manager->getUserAutopromoteGroups( $user ),
			'blocks_logged' => array_map( $short, $this->log( 'block', $name ) ),
			'rights_logged' => array_map( $short, $this->log( 'rights', $name ) ),
		];
	}
}

$maintClass = WikiwardPeople::class;
require_once RUN_MAINTENANCE_IF_MAIN;
