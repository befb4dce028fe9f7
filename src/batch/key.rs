//! Several texts as one key, whose order of bytes is that of the texts one by one.

/// Ends a text: two zero bytes; a zero byte in a text is followed by [`ESCAPED`].
const END: [u8; 2] = [0, 0];
/// Follows a zero byte that is part of a text.
const ESCAPED: u8 = 0xff;

/// Writes the key of two texts.
#[inline]
pub fn join(key: &mut Vec<u8>, first: &[u8], second: &[u8]) {
    key.clear();
    push(key, first);
    key.extend_from_slice(&END);
    push(key, second);
}

#[inline]
fn push(key: &mut Vec<u8>, text: &[u8]) {
    if !text.contains(&0) {
        key.extend_from_slice(text);
        return;
    }
    for &byte in text {
        key.push(byte);
        if byte == 0 {
            key.push(ESCAPED);
        }
    }
}

/// The texts of a key that [`join`] wrote.
pub fn split(key: &[u8]) -> [Vec<u8>; 2] {
    let mut texts = [Vec::new(), Vec::new()];
    let (mut rest, mut at) = (key, 0);
    while let Some(zero) = memchr::memchr(0, rest) {
        texts[at].extend_from_slice(&rest[..zero]);
        if rest.get(zero + 1) == Some(&ESCAPED) {
            texts[at].push(0);
        } else {
            at = 1;
        }
        rest = rest.get(zero + 2..).unwrap_or_default();
    }
    texts[at].extend_from_slice(rest);
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_as_their_texts_and_come_apart(
            a in "[\0\u{1}ab\u{ff}]{0,3}", b in "[\0\u{1}ab\u{ff}]{0,3}",
            c in "[\0\u{1}ab\u{ff}]{0,3}", d in "[\0\u{1}ab\u{ff}]{0,3}",
        ) {
            let key = |first: &str, second: &str| {
                let mut key = b"left over".to_vec();
                join(&mut key, first.as_bytes(), second.as_bytes());
                key
            };
            let (one, other) = (key(&a, &b), key(&c, &d));
            let texts = [a.as_bytes().to_vec(), b.as_bytes().to_vec()];
            prop_assert_eq!(one.cmp(&other), (&a, &b).cmp(&(&c, &d)));
            prop_assert_eq!(split(&one), texts);
        }
    }
}
