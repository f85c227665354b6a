//! What the tests of backtests share.
