//! Calls in the texts of steps that are no SQL: each engine writes them in its own way.

/// Writes every call of `name` as `write` has it, which is given the arguments and must not call it
/// again; inner ones first.
pub fn replace(sql: &str, name: &str, write: impl Fn(&[&str]) -> String) -> String {
    let opening = format!("{name}(");
    let mut sql = sql.to_owned();
    // The last one has no other inside.
    while let Some(start) = sql.rfind(&opening) {
        let inside = start + opening.len();
        let (mut depth, mut ends, mut end) = (1, Vec::new(), sql.len());
        for (at, c) in sql.char_indices().skip_while(|(at, _)| *at < inside) {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 1 => ends.push(at),
                _ => {}
            }
            if depth == 0 {
                end = at;
                break;
            }
        }
        let mut arguments = Vec::new();
        let mut from = inside;
        for at in ends.into_iter().chain([end]) {
            arguments.push(sql.get(from..at).unwrap_or_default().trim());
            from = at + 1;
        }
        let before = sql.get(..start).unwrap_or_default();
        let after = sql.get(end + 1..).unwrap_or_default();
        sql = format!("{before}{}{after}", write(&arguments));
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_written_from_inside() {
        let write = |arguments: &[&str]| format!("<{}>", arguments.join("|"));
        let written = replace("A(b, A(c, d(e, f))) + A(g) - h", "A", write);
        assert_eq!(written, "<b|<c|d(e, f)>> + <g> - h");
    }
}
