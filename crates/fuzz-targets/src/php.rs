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
