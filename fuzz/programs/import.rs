//! The target `import` as a libFuzzer program.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wikiward_fuzz_targets::import(input));
