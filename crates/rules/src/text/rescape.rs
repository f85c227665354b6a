//! Making a text literal inside a pattern: `rescape`.

use std::borrow::Cow;

/// Whether the byte has a meaning in patterns. Neither the slash nor the space is among them.
const fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'.' | b'\\'
            | b'+'
            | b'*'
            | b'?'
            | b'['
            | b'^'
            | b']'
            | b'$'
            | b'('
            | b')'
            | b'{'
            | b'}'
            | b'='
            | b'!'
            | b'<'
            | b'>'
            | b'|'
            | b':'
            | b'-'
            | b'#'
            | 0
    )
}

/// Whether each byte is special, as a table: the text is read twice.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        table[byte as usize] = is_special(byte);
        byte += 1;
    }
    table
};

/// Puts a backslash in front of `. \ + * ? [ ^ ] $ ( ) { } = ! < > | : - #`; NUL becomes `\000`.
///
/// Rule: language specification §11, `rescape`.
pub fn rescape(text: &[u8]) -> Cow<'_, [u8]> {
    let specials = text.iter().filter(|byte| SPECIAL[usize::from(**byte)]).count();
    if specials == 0 {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + specials);
    for byte in text {
        match byte {
            0 => out.extend_from_slice(br"\000"),
            byte if SPECIAL[usize::from(*byte)] => out.extend_from_slice(&[b'\\', *byte]),
            byte => out.push(*byte),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_bytes_get_a_backslash() {
        let cases: [(&[u8], &[u8]); 5] = [
            (b"", b""),
            (b"abc / \" ' , ; ~ & % @ _ \xff", b"abc / \" ' , ; ~ & % @ _ \xff"),
            (b".\\+*?[^]$(){}=!<>|:-#", br"\.\\\+\*\?\[\^\]\$\(\)\{\}\=\!\<\>\|\:\-\#"),
            (b"a\0b", br"a\000b"),
            ("é.日".as_bytes(), "é\\.日".as_bytes()),
        ];
        for (text, expected) in cases {
            assert_eq!(rescape(text), expected);
        }
    }
}
