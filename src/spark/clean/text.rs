//! Texts: literals, blanks, and names for what is asked twice.

/// A text as Spark writes it between quotes.
pub fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\0'..='\x1f' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// A pattern for `rlike` and its kind; a backslash is only that in a pattern.
pub fn pattern(regex: &str) -> String {
    literal(regex)
}

/// A name that may be anything.
pub fn name(text: &str) -> String {
    format!("`{}`", text.replace('`', "``"))
}

/// `body` with `value` as `name`: what is asked several times is computed once.
pub fn with(name: &str, value: &str, body: &str) -> String {
    format!("get(transform(array({value}), {name} -> {body}), 0)")
}

/// White space of ASCII, as `trim_ascii` has it.
const ASCII: &str = " \t\n\x0c\r";
/// White space of Unicode, as `trim` has it.
const UNICODE: &str = " \t\n\x0b\x0c\r\u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\
    \u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// Without white space at either end, as cleaning trims: beyond ASCII only where an end is.
pub fn trimmed(text: &str) -> String {
    let (ascii, unicode) = (literal(ASCII), literal(UNICODE));
    let edge = pattern("\\A[^\\x00-\\x7F]|[^\\x00-\\x7F]\\z");
    let inner = with(
        "s",
        &format!("trim(BOTH {ascii} FROM {text})"),
        &format!("CASE WHEN s RLIKE {edge} THEN trim(BOTH {unicode} FROM s) ELSE s END"),
    );
    format!(
        "CASE WHEN length({text}) = octet_length({text}) THEN trim(BOTH {ascii} FROM {text}) \
         ELSE {inner} END"
    )
}

/// Whether a line holds nothing but white space of ASCII.
pub fn is_blank(text: &str) -> String {
    format!("trim(BOTH {} FROM {text}) = ''", literal(ASCII))
}

/// The first of several texts that is not empty; empty if none is.
pub fn first(texts: &[String]) -> String {
    match texts {
        [] => "''".to_owned(),
        [one] => one.clone(),
        several => {
            let texts: Vec<_> = several
                .iter()
                .map(|text| format!("NULLIF({text}, '')"))
                .collect();
            format!("COALESCE({}, '')", texts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_literal_is_escaped() {
        assert_eq!(literal("it's a\\b\n\u{e9}"), "'it\\'s a\\\\b\\u000a\u{e9}'");
        assert_eq!(name("a`b"), "`a``b`");
        assert_eq!(first(&[]), "''");
        assert_eq!(
            first(&["a".into(), "b".into()]),
            "COALESCE(NULLIF(a, ''), NULLIF(b, ''), '')"
        );
    }
}
