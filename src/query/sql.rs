//! Which tables and files a query speaks of.

/// What a look at the words of a query tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct References {
    /// Quoted names that stand where a table may: after FROM, JOIN, or a comma between them.
    pub quoted: Vec<String>,
    /// Unquoted words in such places, lower-cased, but those that the query defines by WITH.
    pub words: Vec<String>,
    /// Names that the query defines by WITH.
    pub defined: Vec<String>,
    /// Whether the statement only reads.
    pub reads: bool,
    /// Whether it calls Polars' own reader of CSV.
    pub float_reader: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Other(char),
}

/// Words that end the list of tables that FROM began.
const AFTER_FROM: &[&str] = &[
    "where",
    "group",
    "order",
    "having",
    "limit",
    "select",
    "union",
    "except",
    "intersect",
    "on",
    "using",
    "window",
    "qualify",
];

/// Looks through `query`.
pub(crate) fn references(query: &str) -> References {
    let mut found = References::default();
    let tokens = tokens(query);
    found.reads = match tokens.first() {
        Some(Token::Word(word)) => matches!(word.as_str(), "select" | "with" | "from" | "explain"),
        Some(token) => *token == Token::Other('('),
        None => false,
    };
    found.defined = defined(&tokens);
    let (mut table_next, mut in_tables) = (false, false);
    for token in tokens {
        match token {
            Token::Word(word) => {
                let is_table = std::mem::replace(&mut table_next, word == "from" || word == "join");
                in_tables |= table_next;
                in_tables &= !AFTER_FROM.contains(&word.as_str());
                found.float_reader |= word == "read_csv";
                // `FROM (SELECT …)` begins another query.
                if is_table && word != "select" && !found.defined.contains(&word) {
                    found.words.push(word);
                }
            }
            Token::Quoted(name) => {
                if table_next && !found.quoted.contains(&name) && !found.defined.contains(&name) {
                    found.quoted.push(name);
                }
                table_next = false;
            }
            // `FROM (daily JOIN kpis …)`.
            Token::Other('(') => {}
            Token::Other(other) => table_next = other == ',' && in_tables,
        }
    }
    found
}

/// The names that stand as in `WITH name AS (`.
fn defined(tokens: &[Token]) -> Vec<String> {
    let definition = |tokens: &[Token]| match tokens {
        [
            Token::Word(name) | Token::Quoted(name),
            Token::Word(word),
            Token::Other('('),
        ] if word == "as" => Some(name.clone()),
        _ => None,
    };
    tokens.windows(3).filter_map(definition).collect()
}

/// Splits into words, quoted names and single characters; drops comments.
fn tokens(query: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' | '"' | '`' => {
                let (text, length) = quoted(rest, first);
                (Some(Token::Quoted(text)), length)
            }
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                (None, end)
            }
            c if c.is_alphanumeric() || c == '_' => {
                let word = |c: char| c.is_alphanumeric() || c == '_';
                let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
                let (word, _) = rest.split_at(end);
                (Some(Token::Word(word.to_lowercase())), end)
            }
            c if c.is_whitespace() => (None, c.len_utf8()),
            c => (Some(Token::Other(c)), c.len_utf8()),
        };
        tokens.extend(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// The text between quotes, in which a doubled quote is one, and the length of the whole.
fn quoted(text: &str, quote: char) -> (String, usize) {
    let mut inner = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            inner.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            inner.push(quote);
        } else {
            return (inner, at + c.len_utf8());
        }
    }
    (inner, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(query: &str) -> Vec<String> {
        references(query).quoted
    }

    #[test]
    fn quoted_names_in_the_place_of_a_table_are_files() {
        assert_eq!(files("SELECT 'a' FROM 'b.csv' WHERE c = 'd'"), ["b.csv"]);
        assert_eq!(
            files("select * from \"x y.parquet\" t join 'it''s.csv' using (k)"),
            ["x y.parquet", "it's.csv"]
        );
        assert_eq!(
            files("SELECT * FROM 'a.csv' a, 'b.csv' b WHERE a.x IN ('p', 'q')"),
            ["a.csv", "b.csv"]
        );
        assert_eq!(
            files("SELECT * FROM (SELECT 1 FROM 'a.csv') UNION SELECT 'x', 'y' FROM 'a.csv'"),
            ["a.csv"]
        );
    }

    #[test]
    fn comments_and_strings_are_no_tables() {
        assert_eq!(
            files("SELECT 1 -- FROM 'a.csv'\n /* JOIN 'b.csv' */ FROM daily"),
            Vec::<String>::new()
        );
        assert_eq!(
            files("SELECT 'from' 'x.csv', ' FROM ''y.csv'' '"),
            Vec::<String>::new()
        );
        assert_eq!(files("SELECT * FROM 'never closed"), ["never closed"]);
        assert_eq!(files(""), Vec::<String>::new());
    }

    #[test]
    fn words_are_tables_only_where_a_table_stands() {
        let words = |query: &str| references(query).words;
        assert_eq!(
            words("SELECT sales FROM daily d, kpis JOIN products"),
            ["daily", "kpis", "products"]
        );
        assert_eq!(words("SELECT 1 AS products FROM 'a.csv' sales"), [""; 0]);
        assert_eq!(words("SELECT * FROM (Daily JOIN kpis)"), ["daily", "kpis"]);
        assert_eq!(words("SELECT * FROM (SELECT 1 FROM kpis) k"), ["kpis"]);
        assert_eq!(
            words("WITH sales AS (SELECT * FROM daily) SELECT * FROM sales, products"),
            ["daily", "products"]
        );
    }

    #[test]
    fn statements_that_write_are_told_from_those_that_read() {
        for query in [
            "SELECT 1",
            " with a as (select 1) select * from a",
            "(SELECT 1)",
            "-- x\nSELECT 1",
        ] {
            assert!(references(query).reads, "{query}");
        }
        for query in [
            "DROP TABLE daily",
            "delete from daily",
            "",
            ";",
            "TRUNCATE daily",
        ] {
            assert!(!references(query).reads, "{query}");
        }
        assert!(references("SELECT * FROM Read_CSV('x')").float_reader);
    }
}
