//! Texts without passwords.

/// A text in which addresses such as `postgres://user:password@host` have nothing before their `@`.
/// An address is taken to go on to a blank or quote, and over quotes where its `@` is behind them, so
/// that one that was not written as an address wants it is hidden, too.
pub fn redacted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(":/") {
        let slashes = rest[at + 1..].find(|c| c != '/');
        let (before, after) = rest.split_at(slashes.map_or(rest.len(), |more| at + 1 + more));
        shown.push_str(before);
        let quoted = |c: char| c.is_whitespace() || "'\"`".contains(c);
        let ends = [after.find(quoted), after.find(char::is_whitespace)];
        let logins = ends.map(|end| after[..end.unwrap_or(after.len())].rsplit_once('@'));
        rest = match logins.into_iter().flatten().next() {
            Some((login, _)) if login.contains(':') => {
                shown.push('…');
                &after[login.len()..]
            }
            _ => after,
        };
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn what_stands_before_a_host_is_not_shown() {
        for (text, shown) in [
            ("no address: a@b", "no address: a@b"),
            ("s3://bucket/a@b: gone", "s3://bucket/a@b: gone"),
            ("postgres://u:pw@h/d: unknown", "postgres://…@h/d: unknown"),
            ("'a://u:p@/w@h' and b://:x@y", "'a://…@h' and b://…@y"),
            ("http://[::1]:80/x", "http://[::1]:80/x"),
            ("x://u:p", "x://u:p"),
            ("postgres:/u:pw@h/d: unknown", "postgres:/…@h/d: unknown"),
            ("x://u:p\"w@h/d: unknown", "x://…@h/d: unknown"),
            ("'x://h:80/a' of a:b@c", "'x://h:80/a' of a:b@c"),
            ("x:/", "x:/"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }
}
