//! Code points in byte strings that may hold anything.
//!
//! PHP's string functions do not agree with each other on what is one character of broken UTF-8. Those that count go by
//! the first byte alone ([`width`]); those that decode take the longest valid prefix, as Rust does.

/// How many bytes PHP's counting functions take for the code point that starts with `first`, valid or not.
pub(super) const fn width(first: u8) -> usize {
    match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    }
}

/// Number of code points, counted by [`width`]. Whatever is cut off at the end counts 1.
pub(super) fn count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.chars().count();
    }
    let mut rest = bytes;
    let mut count = 0;
    while let Some(&first) = rest.first() {
        count += 1;
        rest = rest.get(width(first)..).unwrap_or_default();
    }
    count
}

/// Byte offset of the code point with this number, counted by [`width`]; the length of `bytes` if there are fewer.
pub(super) fn offset(bytes: &[u8], number: usize) -> usize {
    let number = number.min(bytes.len());
    if bytes.get(..number).is_some_and(<[u8]>::is_ascii) {
        return number;
    }
    let mut at = 0;
    for _ in 0..number {
        match bytes.get(at) {
            Some(&first) => at += width(first),
            None => break,
        }
    }
    at.min(bytes.len())
}

/// Appends a code point.
#[inline]
pub(super) fn push(out: &mut Vec<u8>, code_point: char) {
    if code_point.is_ascii() {
        out.push(code_point as u8);
        return;
    }
    // Copying four bytes always, then dropping some, avoids a copy of variable length.
    let mut encoded = [0; 4];
    let width = code_point.encode_utf8(&mut encoded).len();
    let length = out.len() + width;
    out.extend_from_slice(&encoded);
    out.truncate(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_goes_by_the_first_byte_alone() {
        let cases: [(&[u8], usize); 9] = [
            (b"", 0),
            (b"abc", 3),
            ("é日👍".as_bytes(), 3),
            (b"\xff", 1),
            (b"\xe3\x81", 1),
            (b"\xe3\x81a", 1),
            (b"\xc0\x80", 2),
            (b"\xf5\x80\x80\x80", 4),
            (b"\xf0\x9f\xc3\xa9", 1),
        ];
        for (bytes, expected) in cases {
            assert_eq!(count(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn offsets_stay_inside() {
        assert_eq!(offset("éa".as_bytes(), 1), 2);
        assert_eq!(offset(b"a\xe3", 2), 2);
        assert_eq!(offset(b"a", 9), 1);
    }

    #[test]
    fn pushing_encodes_every_width() {
        let mut out = Vec::new();
        for code_point in "aé日👍".chars() {
            push(&mut out, code_point);
        }
        assert_eq!(out, "aé日👍".as_bytes());
    }
}
