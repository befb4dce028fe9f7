//! Files as the cluster reads them: paths, heads, and the number of every line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;

use super::clean::csv::Fields;
use super::clean::{self, Cleaning, Form};
use super::rows::Rows;
use super::{Session, columns, plan};
use crate::batch::Reading;
use crate::error::{Error, Result};
use crate::record::Mapping;
use crate::record::field::normalise;
use crate::source::feed::{Feed, Head};
use crate::source::input::Input;
use crate::source::json::EventColumns;
use crate::store::Location;

/// The view with what the `--date-format` makes of texts.
pub const DATES: &str = "retail_dates";

/// Files that are read in the same way.
pub struct Group {
    /// How they are written.
    pub form: Form,
    /// Which column carries which field.
    pub mapping: Mapping,
    /// The view of their lines: `source`, `line`, `value`, or columns as texts.
    pub view: String,
    /// Columns of Parquet.
    schema: Option<SchemaRef>,
    /// The numbers of the sources.
    sources: Vec<usize>,
    /// The line of the first record.
    begins: u64,
    /// Of JSON, the names of the members that hold anything, in their normal form.
    names: Option<BTreeSet<String>>,
    /// Whether records have several lines.
    is_whole: bool,
}

/// Everything that is to be read.
pub struct Inputs {
    /// Those with records, in groups.
    pub groups: Vec<Group>,
    /// Which columns carry which field, but for JSON.
    pub mapping: BTreeMap<String, String>,
    /// Lines, and the sum of their numbers, by source: what Spark must find again.
    pub lines: HashMap<i64, (i64, i128)>,
    /// What the names of views begin with.
    pub prefix: &'static str,
}

impl Inputs {
    /// Looks at the beginning of every file, and gives the lines of all of them names; `watch` is told
    /// how many bytes have been read for that.
    ///
    /// # Errors
    /// When a file has no usable column, is of a kind that Spark cannot read, or is out of the
    /// cluster's reach.
    pub fn open(
        session: &Session,
        reading: &Reading,
        prefix: &'static str,
        watch: &dyn Fn(u64),
    ) -> Result<Self> {
        let inputs: Arc<[Input]> = reading.inputs.clone().into();
        let rules = Arc::new(reading.rules.clone());
        let mut feed = Feed::new(Arc::clone(&inputs), rules, reading.delimiter);
        let heads = feed.heads()?;
        let mut groups: Vec<Group> = Vec::new();
        for (source, (head, input)) in heads.into_iter().zip(inputs.iter()).enumerate() {
            if let Some(group) = Group::of(head, input, source, reading)? {
                match groups.iter_mut().find(|other| other.is_like(&group)) {
                    Some(other) => other.sources.push(source),
                    None => groups.push(group),
                }
            }
        }
        let mapping = feed.mapping()?;
        let mut opened = Self {
            groups: Vec::new(),
            mapping,
            lines: HashMap::new(),
            prefix,
        };
        for group in groups {
            opened.number(session, group, &inputs, watch)?;
        }
        Ok(opened)
    }

    /// Numbers the lines of a group; files in which a record has several lines become a group of
    /// their own, which is read file by file.
    fn number(
        &mut self,
        session: &Session,
        mut group: Group,
        inputs: &[Input],
        watch: &dyn Fn(u64),
    ) -> Result<()> {
        let at = self.groups.len();
        let prefix = self.prefix;
        let (raw, blocks) = (
            format!("{prefix}_raw_{at}"),
            format!("{prefix}_blocks_{at}"),
        );
        session.name(&raw, group.relation(inputs)?)?;
        let open = match group.form {
            Form::Csv(delimiter) => Fields::new(delimiter).is_open(clean::content()),
            Form::Json | Form::Columns => "FALSE".to_owned(),
        };
        let text = format!(
            "SELECT path, block, MIN(mid) AS base, COUNT(*) AS lines, MAX({open}) AS open \
             FROM {raw} GROUP BY path, block"
        );
        let known: HashMap<String, usize> = group
            .sources
            .iter()
            .filter_map(|&source| Some((uri(&inputs.get(source)?.entry.location).ok()?, source)))
            .collect();
        let mut found: Vec<Block> = Vec::new();
        let mut open = Vec::new();
        session.query_watched(&text, watch, |batch| {
            let rows = Rows::of(&batch);
            for row in 0..batch.num_rows() {
                let path = rows.text("path", row)?.unwrap_or_default().to_owned();
                let plain = decoded(&path);
                let source = *known.get(&plain).ok_or_else(|| {
                    Error::Internal(format!("Spark calls a file {path}, which nobody asked for"))
                })?;
                if rows.flag("open", row)? == Some(true) && !open.contains(&source) {
                    open.push(source);
                }
                found.push(Block {
                    source,
                    path,
                    block: rows.number("block", row)?.unwrap_or_default(),
                    base: rows.number("base", row)?.unwrap_or_default(),
                    lines: rows.number("lines", row)?.unwrap_or_default(),
                });
            }
            Ok(())
        })?;
        found.sort_by_key(|block| (block.source, block.block));
        if let Some(whole) = group.split_off(&open) {
            self.number_whole(session, whole, inputs)?;
            // Fewer files are cut in another way.
            return match group.sources.is_empty() {
                true => Ok(()),
                false => self.number(session, group, inputs, watch),
            };
        }
        if !group.sources.is_empty() {
            session.bring(&blocks, &self.blocks(&found, group.begins)?)?;
            group.view = format!("{prefix}_lines_{at}");
            let numbered = match group.form {
                Form::Columns => format!(
                    "SELECT /*+ BROADCAST(b) */ b.source, r.mid + 1 AS line, r.* EXCEPT (path, block, mid) \
                     FROM {raw} r JOIN {blocks} b ON r.path = b.path"
                ),
                _ => format!(
                    "SELECT /*+ BROADCAST(b) */ b.source, r.mid - b.base AS line, r.value \
                     FROM {raw} r JOIN {blocks} b ON r.path = b.path AND r.block = b.block \
                     WHERE r.mid - b.base >= {}",
                    group.begins
                ),
            };
            session.name(&group.view, plan::sql(&numbered))?;
            if let Form::Json = group.form {
                group.names = Some(names(session, &group)?);
            }
            self.groups.push(group);
        }
        Ok(())
    }

    /// The line of the first record of every source.
    pub fn begins(&self) -> HashMap<i64, i64> {
        let all = self.groups.iter().flat_map(|group| {
            let begins = i64::try_from(group.begins).unwrap_or(1);
            group
                .sources
                .iter()
                .map(move |source| (key(*source), begins))
        });
        all.collect()
    }

    /// The sources in which records have several lines.
    pub fn whole(&self) -> Vec<i64> {
        let whole = self.groups.iter().filter(|group| group.is_whole);
        let sources = whole.flat_map(|group| &group.sources);
        sources.map(|source| key(*source)).collect()
    }

    /// The blocks as rows, with a base by which the number of a row becomes that of its line.
    fn blocks(&mut self, found: &[Block], begins: u64) -> Result<RecordBatch> {
        let mut bases = Vec::with_capacity(found.len());
        let (mut source, mut before) = (None, 0);
        for block in found {
            if source.replace(block.source) != Some(block.source) {
                before = 0;
            }
            bases.push(block.base - before - 1);
            before += block.lines;
            let number = key(block.source);
            let skipped = i64::try_from(begins).unwrap_or(1) - 1;
            let sum = |lines: i64| i128::from(lines) * (i128::from(lines) + 1) / 2;
            let lines = (before - skipped).max(0);
            self.lines
                .insert(number, (lines, sum(before) - sum(before.min(skipped))));
        }
        let texts = StringArray::from_iter_values(found.iter().map(|block| &block.path));
        let numbers = |of: fn(&Block) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(found.iter().map(of)))
        };
        let columns: [(&str, ArrayRef); 4] = [
            ("path", Arc::new(texts)),
            ("block", numbers(|block| block.block)),
            ("source", numbers(|block| key(block.source))),
            ("base", Arc::new(Int64Array::from(bases))),
        ];
        RecordBatch::try_from_iter(columns).map_err(|e| Error::Internal(e.to_string()))
    }

    /// Files in which records have several lines: each is one text, cut into records.
    fn number_whole(
        &mut self,
        session: &Session,
        mut group: Group,
        inputs: &[Input],
    ) -> Result<()> {
        group.is_whole = true;
        let at = self.groups.len();
        let prefix = self.prefix;
        let (raw, files) = (format!("{prefix}_raw_{at}"), format!("{prefix}_files_{at}"));
        let Form::Csv(delimiter) = group.form else {
            return Err(Error::Internal(
                "only CSV has records of several lines".into(),
            ));
        };
        let paths = group.paths(inputs)?;
        let options = [("wholetext", "true")];
        let columns = ["value", "_metadata.file_path AS path"];
        session.name(&raw, plan::files("text", &options, paths, &columns))?;
        let mut names = Vec::new();
        session.query(&format!("SELECT DISTINCT path FROM {raw}"), |batch| {
            let rows = Rows::of(&batch);
            for row in 0..batch.num_rows() {
                names.push(rows.text("path", row)?.unwrap_or_default().to_owned());
            }
            Ok(())
        })?;
        let mut numbers = Vec::with_capacity(names.len());
        for name in &names {
            let plain = decoded(name);
            let is = |source: &&usize| {
                let input = inputs.get(**source);
                input.is_some_and(|input| uri(&input.entry.location).is_ok_and(|uri| uri == plain))
            };
            let source = group.sources.iter().find(is).copied();
            numbers.push(key(source.ok_or_else(|| {
                Error::Internal(format!("Spark calls a file {name}, which nobody asked for"))
            })?));
        }
        let columns: [(&str, ArrayRef); 2] = [
            ("path", Arc::new(StringArray::from_iter_values(&names))),
            ("source", Arc::new(Int64Array::from(numbers))),
        ];
        let rows =
            RecordBatch::try_from_iter(columns).map_err(|e| Error::Internal(e.to_string()))?;
        session.bring(&files, &rows)?;
        group.view = format!("{prefix}_lines_{at}");
        // One character a byte: what is no UTF-8 would not survive a pattern.
        let bytes = "decode(CAST(value AS BINARY), 'ISO-8859-1')";
        let records = Fields::new(delimiter).records(bytes);
        let text = format!(
            "SELECT source, line, CAST(encode(CASE WHEN endswith(record, '\\n') \
             THEN left(record, length(record) - 1) ELSE record END, 'ISO-8859-1') AS STRING) \
             AS value FROM ( \
             SELECT source, record, 1 + SUM(ends) OVER (PARTITION BY source ORDER BY pos \
             ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - ends AS line FROM ( \
             SELECT source, pos, record, length(record) - length(replace(record, '\\n', '')) AS ends \
             FROM (SELECT f.source, posexplode({records}) AS (pos, record) \
             FROM {raw} r JOIN {files} f ON r.path = f.path))) WHERE line >= {} AND record <> ''",
            group.begins,
        );
        session.name(&group.view, plan::sql(&text))?;
        self.groups.push(group);
        Ok(())
    }
}

/// A piece of a file that one task reads.
struct Block {
    source: usize,
    path: String,
    block: i64,
    base: i64,
    lines: i64,
}

impl Group {
    /// The group of one file; none if there is nothing in it.
    fn of(head: Head, input: &Input, source: usize, reading: &Reading) -> Result<Option<Self>> {
        check_name(input)?;
        let mut group = Self {
            form: Form::Json,
            mapping: Mapping::of_events(&reading.rules),
            view: String::new(),
            schema: None,
            sources: vec![source],
            begins: 1,
            names: None,
            is_whole: false,
        };
        match head {
            Head::Nothing => return Ok(None),
            Head::Archive => {
                return Err(Error::Usage(format!(
                    "{}: is the archive of a stream, which --engine spark does not read; take \
                     --engine local",
                    input.path
                )));
            }
            Head::Json => {}
            Head::Csv { layout, line } => {
                group.form = Form::Csv(layout.delimiter);
                group.mapping = layout.mapping.clone();
                group.begins = line;
            }
            Head::Columns { mapping, schema } => {
                columns::check(&schema, &input.path)?;
                group.form = Form::Columns;
                group.mapping = mapping;
                group.schema = Some(schema);
            }
        }
        Ok(Some(group))
    }

    fn is_like(&self, other: &Self) -> bool {
        let form = match (self.form, other.form) {
            (Form::Csv(a), Form::Csv(b)) => a == b,
            (Form::Json, Form::Json) | (Form::Columns, Form::Columns) => true,
            _ => false,
        };
        form && self.begins == other.begins
            && self.mapping.header() == other.mapping.header()
            && self.schema == other.schema
    }

    /// How its lines are cleaned.
    pub fn cleaning<'a>(&'a self, reading: &'a Reading, details: bool) -> Cleaning<'a> {
        let format = reading.rules.date_format.as_ref();
        Cleaning {
            form: self.form,
            mapping: &self.mapping,
            rules: &reading.rules,
            details,
            names: self.names.as_ref(),
            dates: format.map(|_| DATES),
        }
    }

    /// The names of members that lines of JSON have.
    pub fn names(&self) -> Option<&BTreeSet<String>> {
        self.names.as_ref()
    }

    /// Which columns carry which field, of JSON lines with members of these names.
    ///
    /// # Errors
    /// When a column that the rules name is not among them.
    pub fn described(
        &self,
        reading: &Reading,
        names: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>> {
        let columns = EventColumns::new(&reading.rules);
        let known = columns.mapping().header().iter();
        let seen = known.filter(|column| names.contains(&normalise(column)));
        let seen: Vec<String> = seen.cloned().collect();
        columns.recall(&seen);
        columns.check(&reading.rules)?;
        Ok(columns.describe())
    }

    /// Takes these sources out, as a group of their own.
    fn split_off(&mut self, sources: &[usize]) -> Option<Self> {
        let (out, rest) = std::mem::take(&mut self.sources)
            .into_iter()
            .partition(|source| sources.contains(source));
        self.sources = rest;
        let group = Self {
            form: self.form,
            mapping: self.mapping.clone(),
            view: String::new(),
            schema: None,
            sources: out,
            begins: self.begins,
            names: None,
            is_whole: false,
        };
        (!group.sources.is_empty()).then_some(group)
    }

    fn paths(&self, inputs: &[Input]) -> Result<Vec<String>> {
        let sources = self.sources.iter().filter_map(|source| inputs.get(*source));
        sources
            .map(|input| Ok(globbed(&uri(&input.entry.location)?)))
            .collect()
    }

    /// The lines or rows of the files, each with its file, its block and a number that grows along
    /// the block.
    fn relation(&self, inputs: &[Input]) -> Result<spark_connect_proto::Relation> {
        let paths = self.paths(inputs)?;
        let Some(schema) = &self.schema else {
            let options = [("lineSep", "\n")];
            let columns = [
                "value",
                "_metadata.file_path AS path",
                "_metadata.file_block_start AS block",
                "monotonically_increasing_id() AS mid",
            ];
            return Ok(plan::files("text", &options, paths, &columns));
        };
        let mut columns = vec![
            "_metadata.file_path AS path".to_owned(),
            "0L AS block".to_owned(),
            "_metadata.row_index AS mid".to_owned(),
        ];
        columns.extend(columns::expressions(schema));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Ok(plan::files("parquet", &[], paths, &columns))
    }
}

/// The names of members that lines of JSON have.
fn names(session: &Session, group: &Group) -> Result<BTreeSet<String>> {
    let text = clean::names(&group.view);
    let mut names = BTreeSet::new();
    session.query(&text, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            names.extend(rows.text("name", row)?.map(str::to_owned));
        }
        Ok(())
    })?;
    Ok(names)
}

/// A source's number as Spark holds it.
fn key(source: usize) -> i64 {
    i64::try_from(source).unwrap_or(i64::MAX)
}

/// How a cluster calls a place.
///
/// # Errors
/// When a local path cannot be made whole.
pub fn uri(place: &Location) -> Result<String> {
    Ok(match place {
        Location::Hdfs(url) => url.clone(),
        Location::S3(url) => format!("s3a://{}", url.trim_start_matches("s3://")),
        Location::Local(path) => {
            let whole =
                std::path::absolute(Path::new(path)).map_err(|e| Error::io("find", path, e))?;
            let whole = std::fs::canonicalize(&whole).unwrap_or(whole);
            format!("file://{}", whole.display())
        }
    })
}

/// Refuses a file in a local folder of whose name Hadoop would take the beginning for a scheme.
fn check_name(input: &Input) -> Result<()> {
    let Location::Local(path) = &input.entry.location else {
        return Ok(());
    };
    let name = Path::new(path).file_name().unwrap_or_default();
    match name.to_string_lossy().contains(':') {
        true => Err(Error::Usage(format!(
            "{}: Spark reads no file with a colon in its name; rename it, or take --engine local",
            input.path
        ))),
        false => Ok(()),
    }
}

/// A path with what Hadoop would take for a pattern escaped.
fn globbed(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '{' | '}' | '[' | ']' | '*' | '?' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A path as Spark tells it, which is an address with escapes.
fn decoded(path: &str) -> String {
    let plain = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    match plain
        .strip_prefix("file:/")
        .filter(|rest| !rest.starts_with('/'))
    {
        Some(rest) => format!("file:///{rest}"),
        None => plain.into_owned(),
    }
}
