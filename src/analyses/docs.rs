//! `docs/analyses.md`, from the list of analyses.

use std::fmt::Write;

use super::leave_out::{NON_PRODUCTS, RULES};
use super::list::ALL;
use super::spec::{Analysis, Kind, Over, Table};

const INTRO: &str = "\
# The analyses

`retail batch --analysis NAME,…` computes them beside the totals of batch, `--analysis all` every one;
`retail batch --list` names them. Each is a folder `<output>/analyses/<name>/` that is replaced as a
whole, with every table as Parquet (`<table>.parquet`) and as CSV (`<table>.csv`), the same rows in the
same order; the tables of each are named below.

This page is made from the code: `RETAIL_WRITE_DOCS=1 cargo test --lib analyses::docs`.

## Terms

- **A line** is an accepted record that is a sale or a return. Restocks are events of `lambda` only.
- **Revenue** is sales less returns, as in all totals of `retail`; `gross_revenue` and
  `returned_value` stand beside it.
- **A transaction** is an order: the lines of one day and store with the same order id. A line
  without one is a transaction of its own.
- **Pieces** of a return count negative. Where no line tells a quantity there are none: null.
- **Customers** are distinct texts; lines without one are anonymous, and counted as such.
- **A ratio** is exact, rounded once to four decimals, half to even, and null where it would divide by
  zero. There is no NaN in any table.
- **The date** is `--as-of`, else the last day with a line.
- **Master data** is `products.csv`, `stores.csv` and `customers.csv` in `--master data/master`. What
  they do not tell is null. Records may name a product as the file does under `product`,
  `product_id`, `sku` or `name`.

What the input lacks is said, and the analysis or table that needs it is skipped by name: its folder
then holds no table, and its `_run.json` says why.

## What may be left out

`--leave-out RULE,…` keeps records out of the analyses, never out of the totals of batch; how many
each rule left out is in the summary.
";

/// The page.
pub fn page() -> String {
    let mut page = INTRO.to_owned();
    // Writing to a string does not fail.
    let _ = write!(page, "\n| rule | leaves out |\n| --- | --- |\n");
    for (_, name, about) in RULES {
        let _ = writeln!(page, "| `{name}` | {about} |");
    }
    let codes = NON_PRODUCTS.join("`, `");
    let _ = writeln!(
        page,
        "\n`--non-products` are by default `{codes}`, without case; what ends with `*` stands for all \
         that begin so."
    );
    for analysis in ALL {
        section(&mut page, analysis);
    }
    page
}

fn section(page: &mut String, analysis: &Analysis) {
    let _ = writeln!(
        page,
        "\n## {}\n\n{}.",
        analysis.name,
        sentence(analysis.about)
    );
    let _ = writeln!(page, "\nSource: {}.", analysis.source);
    for need in analysis.needs {
        let _ = writeln!(page, "\nSkipped where {}.", need.missing());
    }
    for table in analysis.tables {
        self::table(page, table);
    }
    let _ = writeln!(page, "\n**Example.** {}", words(analysis.example));
}

fn table(page: &mut String, table: &Table) {
    let _ = writeln!(page, "\n### {}\n\n{}", table.file, words(table.about));
    for need in table.needs {
        let _ = writeln!(page, "\nLeft out where {}.", need.missing());
    }
    let _ = write!(page, "\n| column | type | meaning |\n| --- | --- | --- |\n");
    for column in table.columns {
        let kind = match column.kind {
            Kind::Text => "text",
            Kind::Count => "integer",
            Kind::Money => "`DECIMAL(18,4)`",
            Kind::Date => "date",
            Kind::Time => "UTC timestamp",
            Kind::Flag => "boolean",
        };
        let _ = writeln!(page, "| `{}` | {kind} | {} |", column.name, column.about);
    }
    let over = match table.step.over {
        Over::Days => ", some days at a time",
        Over::Slices(_) | Over::Beside(_) => ", some keys at a time",
        Over::Whole => "",
    };
    let _ = writeln!(
        page,
        "\n<details><summary>SQL{over}</summary>\n\n```sql\n{}\n```\n\n</details>",
        indented(table.step.sql)
    );
}

/// The text with one blank between words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The text without the blanks that all its lines but the first begin with.
fn indented(sql: &str) -> String {
    let lines = sql.lines().skip(1).filter(|line| !line.trim().is_empty());
    let blanks = |line: &str| line.len() - line.trim_start().len();
    let common = lines.map(blanks).min().unwrap_or(0);
    let lines = sql.lines().enumerate();
    let lines = lines.map(|(at, line)| match at {
        0 => line,
        _ => line.get(common..).unwrap_or_default(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_that_of_the_list() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/analyses.md");
        if std::env::var_os("RETAIL_WRITE_DOCS").is_some() {
            std::fs::write(path, page()).expect("written");
        }
        let written = std::fs::read_to_string(path).expect("docs/analyses.md");
        assert!(
            written == page(),
            "run RETAIL_WRITE_DOCS=1 cargo test --lib analyses::docs"
        );
    }

    #[test]
    fn names_are_told_once_and_steps_have_names_of_their_own() {
        let mut steps: Vec<&str> = ALL
            .iter()
            .flat_map(|analysis| analysis.tables)
            .map(|table| table.step.name)
            .chain(
                crate::analyses::groundwork::STEPS
                    .iter()
                    .map(|step| step.name),
            )
            .chain(crate::analyses::list::STEPS.iter().map(|step| step.name))
            .collect();
        let all = steps.len();
        steps.sort_unstable();
        steps.dedup();
        assert_eq!(steps.len(), all);
        for analysis in ALL {
            let mut files: Vec<_> = analysis.tables.iter().map(|table| table.file).collect();
            let all = files.len();
            files.sort_unstable();
            files.dedup();
            assert_eq!(files.len(), all, "{}", analysis.name);
        }
    }
}
