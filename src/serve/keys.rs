//! Keys: who may ask, and how often.

use std::num::NonZeroU32;
use std::path::Path;

use cookie::{Cookie, CookieJar, Key as Seal};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};

/// The cookie of a browser that has logged in.
pub const COOKIE: &str = "retail_session";
/// A login lasts so many seconds.
pub const LASTS: i64 = 12 * 3600;
/// A shorter key can be guessed.
const SHORT: usize = 16;

/// One key, which is not kept itself.
struct Key {
    digest: [u8; 32],
    /// Seals the cookies of those who logged in with it: they end with it.
    seal: Seal,
    limiter: Option<DefaultDirectRateLimiter>,
}

/// The keys that are known.
pub struct Keys(Vec<Key>);

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl Keys {
    /// The keys in `texts`, each good for `rate` requests a second, and twice as many at once;
    /// 0 for any number.
    pub fn new(texts: &[String], rate: u32) -> Self {
        let key = |text: &String| {
            if text.len() < SHORT {
                tracing::warn!("an API key has fewer than {SHORT} characters and can be guessed");
            }
            let digest = digest(text.as_bytes());
            let quota = NonZeroU32::new(rate).map(Quota::per_second);
            let burst = NonZeroU32::new(rate.saturating_mul(2));
            let quota = quota.zip(burst).map(|(q, burst)| q.allow_burst(burst));
            Key {
                digest,
                seal: Seal::derive_from(&digest),
                limiter: quota.map(RateLimiter::direct),
            }
        };
        Self(texts.iter().map(key).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of the key that `text` is. The time it takes does not tell how near it was.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        let digest = digest(text);
        let mut found = None;
        for (number, key) in self.0.iter().enumerate() {
            if bool::from(key.digest.ct_eq(&digest)) {
                found = Some(number);
            }
        }
        found
    }

    /// Takes one request from what a key may ask now.
    ///
    /// # Errors
    /// The seconds after which it may ask again.
    pub fn take(&self, number: usize) -> Result<(), u64> {
        let Some(limiter) = self.0.get(number).and_then(|key| key.limiter.as_ref()) else {
            return Ok(());
        };
        limiter.check().map_err(|until| {
            until
                .wait_time_from(DefaultClock::default().now())
                .as_secs()
                + 1
        })
    }

    /// The cookie of a browser that has shown a key, good until `until`, in seconds since 1970.
    pub fn cookie(&self, number: usize, until: i64) -> Option<Cookie<'static>> {
        let mut jar = CookieJar::new();
        let plain = Cookie::new(COOKIE, until.to_string());
        jar.signed_mut(&self.0.get(number)?.seal).add(plain);
        jar.get(COOKIE).cloned()
    }

    /// Whether a `Cookie` header carries a login that is good at `now`.
    pub fn logged_in(&self, header: &str, now: i64) -> bool {
        let mut jar = CookieJar::new();
        for cookie in Cookie::split_parse(header.to_owned()).flatten() {
            if cookie.name() == COOKIE {
                jar.add_original(cookie);
            }
        }
        self.0.iter().any(|key| {
            let plain = jar.signed(&key.seal).get(COOKIE);
            let until = plain.and_then(|cookie| cookie.value().parse::<i64>().ok());
            until.is_some_and(|until| now < until)
        })
    }
}

/// A new key.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random() -> Result<String> {
    let seal = Seal::try_generate();
    let seal = seal.ok_or_else(|| Error::Internal("no random numbers".to_owned()))?;
    let bytes = seal.signing().iter().take(16);
    Ok(bytes.map(|byte| format!("{byte:02x}")).collect())
}

/// The keys in a file, one a line; empty lines and those that begin with `#` are none.
///
/// # Errors
/// When it cannot be read or holds none.
pub fn read(path: &Path) -> Result<Vec<String>> {
    let place = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::Usage(format!("{place}: cannot read the API keys: {e}")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = text.lines().map(str::trim);
    let keys: Vec<String> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    match keys.is_empty() {
        true => Err(Error::Usage(format!(
            "{place}: holds no API key; write one a line"
        ))),
        false => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(rate: u32) -> Keys {
        Keys::new(
            &["first key of the two".to_owned(), "second".to_owned()],
            rate,
        )
    }

    #[test]
    fn only_whole_keys_are_found() {
        let keys = keys(0);
        assert_eq!(keys.find(b"first key of the two"), Some(0));
        assert_eq!(keys.find(b"second"), Some(1));
        for wrong in ["", "secon", "second ", "Second", "third"] {
            assert_eq!(keys.find(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_login_ends_with_its_time_and_with_its_key() {
        let first = keys(0);
        let header = |cookie: Cookie<'_>| format!("a=b; {}; c=d", cookie.stripped());
        let cookie = first.cookie(1, 1_000).unwrap();
        assert!(!cookie.value().contains("second"));
        let header = header(cookie);
        assert!(first.logged_in(&header, 999));
        assert!(!first.logged_in(&header, 1_000));
        assert!(!first.logged_in(&header.replace("1000", "9999"), 999));
        let others = Keys::new(&["first key of the two".to_owned()], 0);
        assert!(!others.logged_in(&header, 999));
        assert!(!first.logged_in("", 0));
    }

    #[test]
    fn each_key_has_a_rate_of_its_own() {
        let keys = keys(2);
        for _ in 0..4 {
            assert_eq!(keys.take(0), Ok(()));
        }
        assert_eq!(keys.take(0), Err(1));
        assert_eq!(keys.take(1), Ok(()));
        let free = self::keys(0);
        assert!((0..10_000).all(|_| free.take(0).is_ok()));
    }
}
