//! Keys of several texts, and names as short bytes.

use std::borrow::Cow;

/// Ends each text but the last: it stands in no text, as no record holds it.
const END: u8 = 0;
/// Begins a packed name: it stands in no text, as UTF-8 has no such byte.
const PACKED: u8 = 0xFF;
/// Where a UUID as text has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// Characters of a UUID.
const TEXT: usize = 36;
/// Bytes of one.
const BYTES: usize = 16;

/// One key of several texts.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&END)
}

/// The texts of a key, the last of which may be packed; blank where there are fewer.
pub fn split<const N: usize>(key: &[u8]) -> [&[u8]; N] {
    let mut parts = key.splitn(N, |byte| *byte == END);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// A name of a customer or visit in as few bytes as tell it: a UUID as most systems write it, with
/// small letters and hyphens, takes 17 instead of 36.
pub fn pack(name: &[u8]) -> Cow<'_, [u8]> {
    uuid(name).map_or(Cow::Borrowed(name), |bytes| {
        let mut packed = Vec::with_capacity(1 + BYTES);
        packed.push(PACKED);
        packed.extend_from_slice(&bytes);
        Cow::Owned(packed)
    })
}

/// The name that was packed.
pub fn unpack(packed: &[u8]) -> Cow<'_, [u8]> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let Some((&PACKED, bytes)) = packed.split_first() else {
        return Cow::Borrowed(packed);
    };
    let mut text = Vec::with_capacity(TEXT);
    for byte in bytes {
        if HYPHENS.contains(&text.len()) {
            text.push(b'-');
        }
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    Cow::Owned(text)
}

fn uuid(name: &[u8]) -> Option<[u8; BYTES]> {
    if name.len() != TEXT || HYPHENS.iter().any(|at| name[*at] != b'-') {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut digits = (0..TEXT)
        .filter(|at| !HYPHENS.contains(at))
        .map(|at| digit(name[at]));
    let mut bytes = [0; BYTES];
    for byte in &mut bytes {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = high << 4 | low;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_takes_seventeen_bytes() {
        let name = b"01234567-89ab-cdef-0000-ff00ff00ff00";
        let packed = pack(name);
        let wanted = b"\xFF\x01\x23\x45\x67\x89\xab\xcd\xef\0\0\xff\0\xff\0\xff\0";
        assert_eq!(*packed, wanted[..]);
        assert_eq!(*unpack(&packed), name[..]);
        let key = join(&[b"u", &packed]);
        let [tag, user] = split(&key);
        assert_eq!((tag, user), (&b"u"[..], &*packed));
    }

    proptest! {
        #[test]
        fn every_name_is_as_it_was(
            name in "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-fg]{12}|[0-9a-f-]{36}|.{0,40}",
        ) {
            let packed = pack(name.as_bytes());
            prop_assert_eq!(&*unpack(&packed), name.as_bytes());
            prop_assert!(packed.len() <= name.len());
        }
    }
}
