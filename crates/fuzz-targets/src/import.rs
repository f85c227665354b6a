//! Exported filters of AbuseFilter, of both generations, and of Wikiward: what is read can be written and read again.

use std::sync::LazyLock;
use wikiward_filters::groups::Registry;
use wikiward_filters::portable::{Format, ImportOptions, Parsed, export, parse};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::builtin);

/// Reads bytes as an exported filter.
///
/// # Panics
/// If a refusal has no cause, a filter changes by being written and read, or what is written for AbuseFilter shows a
/// restricted filter to everybody.
pub fn import(source: &[u8]) {
    let Ok(text) = std::str::from_utf8(source) else { return };
    for bits in 0..8_u8 {
        let [drop_unknown, keep_enabled, is_farm] = [1, 2, 4].map(|bit| bits & bit != 0);
        let options = ImportOptions { drop_unknown, keep_enabled, is_farm };
        match parse(text, options, &REGISTRY) {
            Ok(parsed) => survives(&parsed, options),
            Err(problem) => assert!(!problem.0.is_empty(), "refused for nothing"),
        }
    }
}

fn survives(parsed: &Parsed, options: ImportOptions) {
    let Parsed { draft, caps, .. } = parsed;
    for format in [Format::Extended, Format::Plain, Format::Plain139] {
        let written = export(draft, options.is_farm, *caps, format);
        assert!(written.is_ascii() && !written.contains('\n'), "{written}");
        let again = parse(&written, options, &REGISTRY);
        assert!(again.is_ok(), "{format:?} is not read again: {again:?}: {written}");
        let Ok(again) = again else { return };
        let members = |it: &Parsed| (it.draft.rules.clone(), it.draft.name.clone(), it.draft.actions.clone());
        assert_eq!(members(&again), members(parsed), "{format:?}");
        assert!(draft.privacy.is_public() || !again.draft.privacy.is_public(), "{format:?} makes it public: {written}");
        if format == Format::Extended {
            assert_eq!((&again.draft, &again.caps), (draft, caps), "{written}");
        }
    }
}
