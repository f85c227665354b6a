<?php
/**
 * How long the reference takes to evaluate a set of filters on one action.
 *
 * One evaluator and one variable holder per action, as in production: results of functions are remembered within an action
 * and computed again for the next one. Parse trees come from a cache in the process, which is kinder than production's,
 * where each request reads them from shared memory. PCRE's JIT compiler is on.
 *
 * Usage: php bench.php --conf=DIR/LocalSettings.php --filters=FILE --vars=FILE
 *            [--names=FILE] [--whole-only] [--warmup-ms=N] [--batch-ms=N] [--batches=N]
 *
 * See README.md next to this file for the files and for what is printed.
 */

ini_set( 'pcre.jit', '1' );
ini_set( 'memory_limit', '1G' );

require_once __DIR__ . '/start.php';
require_once __DIR__ . '/protocol.php';

use MediaWiki\Extension\AbuseFilter\KeywordsManager;
use MediaWiki\Extension\AbuseFilter\Parser\FilterEvaluator;
use MediaWiki\Extension\AbuseFilter\Variables\VariableHolder;
use MediaWiki\Extension\AbuseFilter\Variables\VariablesManager;

class WikiwardBench extends Maintenance {
	public function __construct() {
		parent::__construct();
		$this->addDescription( 'Measures how long filters take on one action' );
		$this->addOption( 'filters', 'Filters: a JSON array, or one JSON object a line', true, true );
		$this->addOption( 'vars', 'Variables of the action, a JSON object', true, true );
		$this->addOption( 'names', 'File with extra variable names, one a line', false, true );
		$this->addOption( 'warmup-ms', 'Time before measuring, in milliseconds (500)', false, true );
		$this->addOption( 'batch-ms', 'Least time of one batch, in milliseconds (100)', false, true );
		$this->addOption( 'batches', 'Number of batches (11)', false, true );
		$this->addOption( 'whole-only', 'Do not measure each filter apart' );
	}

	public function execute() {
		$filters = self::filters( $this->getOption( 'filters' ) );
		$vars = [];
		foreach ( json_decode( file_get_contents( $this->getOption( 'vars' ) ), true ) as $name => $value ) {
			$vars[$name] = wikiwardInput( $value );
		}
		$make = $this->factory();
		$rules = array_column( $filters, 'rule' );

		$last = [];
		$action = static function ( array $rules ) use ( $make, $vars, &$last ) {
			$holder = new VariableHolder();
			foreach ( $vars as $name => $value ) {
				$holder->setVar( (string)$name, $value );
			}
			$evaluator = $make( $holder );
			$last = [];
			foreach ( $rules as $rule ) {
				$last[] = $evaluator->checkConditions( $rule );
			}
		};

		$empty = $this->median( static fn () => $action( [] ), 0.2 );
		$whole = $this->median( static fn () => $action( $rules ) );
		$outcomes = $last;
		$result = [ 'action_us' => $whole, 'empty_action_us' => $empty, 'filters' => [] ];
		foreach ( $filters as $n => [ 'id' => $id, 'rule' => $rule ] ) {
			$result['filters'][] = [
				'id' => $id,
				'us' => $this->hasOption( 'whole-only' ) ? null : $this->median( static fn () => $action( [ $rule ] ), 0.1 ),
				'matched' => $outcomes[$n]->getResult(),
				'conditions' => $outcomes[$n]->getCondsUsed(),
			] + ( $outcomes[$n]->getException() ? [ 'error' => $outcomes[$n]->getException()->getMessage() ] : [] );
		}
		$this->output( json_encode( $result, WIKIWARD_JSON ) . "\n" );
	}

	/** @return array[] id and rule of each filter */
	private static function filters( string $path ): array {
		$filters = [];
		$whole = json_decode( file_get_contents( $path ), true );
		$records = is_array( $whole ) && array_is_list( $whole )
			? $whole
			: array_map( static fn ( $line ) => json_decode( $line, true ), file( $path ) );
		foreach ( $records as $n => $filter ) {
			if ( is_array( $filter ) ) {
				$filters[] = [ 'id' => $filter['id'] ?? $n + 1, 'rule' => wikiwardInput( $filter['rule'] ) ];
			}
		}
		return $filters;
	}

	/** @return callable (VariableHolder): FilterEvaluator */
	private function factory(): callable {
		$services = MediaWiki\MediaWikiServices::getInstance();
		$names = $this->getOption( 'names' ) ? array_map( 'trim', file( $this->getOption( 'names' ) ) ) : [];
		$services->getHookContainer()->register( 'AbuseFilter-builder', static function ( array &$values ) use ( $names ) {
			foreach ( $names as $name ) {
				if ( $name !== '' && $name[0] !== '#' ) {
					$values['vars'][$name] ??= $name;
				}
			}
		} );
		$keywords = new KeywordsManager( $services->get( 'AbuseFilterHookRunner' ) );
		$manager = new VariablesManager( $keywords, $services->get( 'AbuseFilterLazyVariableComputer' ) );
		$trees = new HashBagOStuff();
		$logger = new Psr\Log\NullLogger();
		$stats = new NullStatsdDataFactory();
		$equivset = new Wikimedia\Equivset\Equivset();
		$language = $services->getContentLanguage();
		return static fn ( VariableHolder $holder ) => new FilterEvaluator(
			$language, $trees, $logger, $keywords, $manager, $stats, $equivset, 1000000, $holder
		);
	}

	/** CPU time of one run in microseconds: the median over batches. $share scales how long is measured. */
	private function median( callable $run, float $share = 1.0 ): float {
		$cpu = static function (): float {
			$usage = getrusage();
			return 1e6 * ( $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'] )
				+ $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'];
		};
		$warmup = 1000 * $share * $this->getOption( 'warmup-ms', 500 );
		$start = $cpu();
		$runs = 0;
		do {
			$run();
			$runs++;
		} while ( $cpu() - $start < $warmup );
		$each = ( $cpu() - $start ) / $runs;
		$repeat = max( 1, (int)ceil( 1000 * $share * $this->getOption( 'batch-ms', 100 ) / max( $each, 0.01 ) ) );
		$batches = [];
		for ( $n = 0; $n < $this->getOption( 'batches', 11 ); $n++ ) {
			$start = $cpu();
			for ( $i = 0; $i < $repeat; $i++ ) {
				$run();
			}
			$batches[] = ( $cpu() - $start ) / $repeat;
		}
		sort( $batches );
		return round( $batches[intdiv( count( $batches ), 2 )], 3 );
	}
}

$maintClass = WikiwardBench::class;
require_once RUN_MAINTENANCE_IF_MAIN;
