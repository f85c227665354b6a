//! PHP's serialised form: what is read is what PHP writes of it, to the byte.

use wikiward_filters::migrate::php::{Key, Php, read};

/// Reads bytes as a serialised value.
///
/// # Panics
/// If an error lies outside of the bytes, or a value is written with other bytes than it was read from.
pub fn php(source: &[u8]) {
    match read(source) {
        Ok(value) => {
            let mut written = Vec::new();
            write(&value, &mut written);
            assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(source));
            assert!(written == source);
            let _ = value.text();
        }
        Err(bad) => assert!(bad.at <= source.len(), "{bad} of {}", source.len()),
    }
}

/// As PHP writes it.
fn write(value: &Php, out: &mut Vec<u8>) {
    match value {
        Php::Null => out.extend(b"N;"),
        Php::Bool(is_so) => out.extend(format!("b:{};", u8::from(*is_so)).bytes()),
        Php::Int(number) => out.extend(format!("i:{number};").bytes()),
        Php::Text(bytes) => text(bytes, out),
        Php::Array(items) => {
            out.extend(format!("a:{}:{{", items.len()).bytes());
            for (key, value) in items {
                match key {
                    Key::Int(number) => out.extend(format!("i:{number};").bytes()),
                    Key::Text(bytes) => text(bytes, out),
                }
                write(value, out);
            }
            out.push(b'}');
        }
    }
}

fn text(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(format!("s:{}:\"", bytes.len()).bytes());
    out.extend(bytes);
    out.extend(b"\";");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Php> {
        let leaf = prop_oneof![
            Just(Php::Null),
            any::<bool>().prop_map(Php::Bool),
            any::<i64>().prop_map(Php::Int),
            any::<Vec<u8>>().prop_map(Php::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = prop_oneof![any::<i64>().prop_map(Key::Int), any::<Vec<u8>>().prop_map(Key::Text)];
            proptest::collection::vec((key, inner), 0..6).prop_map(Php::Array)
        })
    }

    proptest! {
        #[test]
        fn what_php_writes_is_read_as_it_was(value in any_value()) {
            let mut bytes = Vec::new();
            write(&value, &mut bytes);
            prop_assert_eq!(read(&bytes), Ok(value));
        }

        #[test]
        fn damage_is_told_with_its_place_or_is_another_value(value in any_value(), place: prop::sample::Index, byte: u8) {
            let mut bytes = Vec::new();
            write(&value, &mut bytes);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if let Err(bad) = read(&bytes) {
                prop_assert!(bad.at <= bytes.len());
            }
            prop_assert!(read(&bytes[..place]).is_err());
        }
    }
}
