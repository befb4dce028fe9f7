//! Keys of several texts.

/// Ends each text but the last: it stands in no text, as no record holds it.
const END: u8 = 0;

/// One key of several texts.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&END)
}

/// The texts of a key; blank where there are fewer.
pub fn split<const N: usize>(key: &[u8]) -> [&[u8]; N] {
    let mut parts = key.splitn(N, |byte| *byte == END);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
