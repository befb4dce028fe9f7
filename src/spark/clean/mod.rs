//! The one definition of cleaning as Spark SQL: from the lines of files to sales and reasons.
//!
//! The texts follow [`crate::record::clean()`], step by step, and are held equal to it by a
//! differential test. Which column carries which field comes from the same
//! [`crate::record::Mapping`]. A line of which a text cannot surely say what it is has the status
//! [`ASK`]: it is read here, by the definition itself.

pub mod csv;
mod event;
pub mod json;
pub mod number;
pub mod text;
pub mod time;

use std::collections::BTreeSet;

use crate::batch::read::FIELDS;
use crate::record::field::normalise;
use crate::record::time::DAY;
use crate::record::{Field, Mapping, Reason, Rules};
use csv::Fields;
use number::Numbers;
use text::{first, is_blank, literal, trimmed};

/// The status of a line that is to be read here.
pub const ASK: &str = "ask";
/// The status of a line that is no record.
pub const BLANK: &str = "blank";
/// A record of so many bytes, with its line end, is rejected unread.
const LONGEST: usize = 16 << 20;

/// How the lines of some files are written.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// CSV with this delimiter.
    Csv(u8),
    /// JSON, one object a line.
    Json,
    /// Columns `c0`, `c1` and so on, as texts; `value` is the row as JSON.
    Columns,
}

/// What the lines become.
#[derive(Debug)]
pub struct Cleaning<'a> {
    /// How they are written.
    pub form: Form,
    /// Which column carries which field.
    pub mapping: &'a Mapping,
    /// How they are read.
    pub rules: &'a Rules,
    /// Whether the analyses ask for more.
    pub details: bool,
    /// Of JSON, the names of the members that hold anything, in their normal form: the others need
    /// not be looked for.
    pub names: Option<&'a BTreeSet<String>>,
    /// The view with what [`Rules::date_format`] makes of every text in a time column.
    pub dates: Option<&'a str>,
}

/// What cleaning makes of a record, as columns; texts are empty where none is given.
pub const COLUMNS: [&str; 16] = [
    "source",
    "line",
    "value",
    "status",
    "kind",
    "micros",
    "clock",
    "day",
    "hour",
    "money",
    "units",
    "product",
    "store",
    "store_city",
    "category",
    "country",
];
/// What the analyses ask for besides.
pub const DETAILS: [(&str, Field); 5] = [
    ("order_id", Field::OrderId),
    ("customer_id", Field::CustomerId),
    ("payment_method", Field::PaymentMethod),
    ("promotion_id", Field::PromotionId),
    ("original_order_id", Field::OriginalOrderId),
];

impl Cleaning<'_> {
    /// The text that cleans the lines of the view `raw`: `source`, `line`, `value`. Of events it
    /// gives no more than the jobs of a stream ask for.
    pub fn sql(&self, raw: &str) -> String {
        if self.rules.events {
            return self.events(raw);
        }
        format!(
            "{},\n\
             g AS (SELECT e.*, {} FROM e{}),\n\
             h AS (SELECT *, {} AS reason FROM g),\n\
             i AS (SELECT *, {} AS is_return FROM h)\n\
             SELECT {} FROM i",
            self.texts(raw),
            self.fields_of_sale(),
            self.joins(),
            self.reason(),
            "type = 'RETURN' OR (type <> 'RESTOCK' AND amount < 0)",
            self.result(),
        )
    }

    /// The text that tells every text in a time column once, for the `--date-format`.
    pub fn times(&self, raw: &str) -> String {
        format!(
            "{} SELECT DISTINCT text FROM (SELECT explode(array({})) AS text FROM e \
             WHERE fault IS NULL) WHERE text <> ''",
            self.texts(raw),
            self.trims(Field::Time).join(", "),
        )
    }

    /// The steps up to `e`: the columns that any rule asks for, as they are written and trimmed.
    fn texts(&self, raw: &str) -> String {
        let place = "source, line, value";
        let columns: BTreeSet<usize> = self.columns().collect();
        let more = match self.form {
            Form::Columns => {
                let columns = columns.iter().map(|column| format!(", c{column}"));
                columns.chain([", is_text".to_owned()]).collect::<String>()
            }
            _ => String::new(),
        };
        let each = |text: &dyn Fn(usize) -> String| -> String {
            columns.iter().map(|column| text(*column)).collect()
        };
        let raws = each(&|column| format!(", COALESCE({}, '') AS r{column}", self.raw(column)));
        let trims = each(&|column| format!(", {} AS t{column}", trimmed(&format!("r{column}"))));
        let texts = each(&|column| format!(", r{column}"));
        format!(
            "WITH a AS (SELECT {place}{more}, {} AS v FROM {raw}),\n\
             b AS (SELECT *, {} AS fault FROM a),\n\
             c AS (SELECT *, {} AS f FROM b),\n\
             d AS (SELECT {place}, {} AS fault{raws} FROM c),\n\
             e AS (SELECT {place}, fault{texts}{trims} FROM d)",
            content(),
            self.fault(),
            self.fields(),
            self.fault_of_fields(),
        )
    }

    /// The columns that any rule asks for.
    fn columns(&self) -> impl Iterator<Item = usize> {
        let more = DETAILS.iter().map(|(_, field)| *field);
        let fields = match self.rules.events {
            true => &event::FIELDS[..],
            false => &FIELDS,
        };
        let fields = fields.iter().copied();
        let fields = fields.chain(more.filter(|_| self.details));
        let fields = fields.flat_map(|field| self.mapping.columns(field).iter());
        let keys = self.mapping.key().iter().flatten();
        let all = fields.chain(keys).chain(self.mapping.lap()).copied();
        all.filter(|column| self.is_there(*column))
    }

    fn is_there(&self, column: usize) -> bool {
        let Some(names) = self.names else {
            return true;
        };
        let name = self.mapping.header().get(column);
        name.is_some_and(|name| names.contains(&normalise(name)))
    }

    /// The columns of a field that are there, in order of precedence.
    fn of(&self, field: Field) -> Vec<usize> {
        let columns = self.mapping.columns(field).iter().copied();
        columns.filter(|column| self.is_there(*column)).collect()
    }

    /// The time columns that the `--date-format` reads, each joined to what it makes of its text.
    fn joins(&self) -> String {
        let Some(dates) = self.dates else {
            return String::new();
        };
        let columns = self.of(Field::Time).into_iter();
        columns
            .map(|column| {
                format!(" LEFT JOIN {dates} AS d{column} ON d{column}.text = e.t{column}")
            })
            .collect()
    }

    /// What is wrong with a line before it is split.
    fn fault(&self) -> String {
        let delimiter = match self.form {
            Form::Csv(delimiter) => {
                let delimiter = literal(&char::from(delimiter).to_string());
                format!(" AND NOT contains(v, {delimiter})")
            }
            Form::Json => String::new(),
            Form::Columns => return "CASE WHEN NOT is_text THEN 'invalid_utf8' END".to_owned(),
        };
        let broken = match self.form {
            Form::Csv(delimiter) => Some((
                Fields::new(delimiter).is_broken("v"),
                Reason::BrokenQuoting.name(),
            )),
            Form::Json => Some((format!("NOT {}", json::is_plain("v")), ASK)),
            Form::Columns => None,
        };
        let broken = broken.map(|(is, status)| format!(" WHEN {is} THEN '{status}'"));
        format!(
            "CASE WHEN octet_length(value) >= {LONGEST} THEN '{}' \
             WHEN {}{delimiter} THEN '{BLANK}' \
             WHEN contains(v, '\\u0000') THEN '{}' WHEN NOT is_valid_utf8(v) THEN '{}'{} END",
            Reason::TooLong,
            is_blank("v"),
            Reason::NulByte,
            Reason::InvalidUtf8,
            broken.unwrap_or_default(),
        )
    }

    fn fields(&self) -> String {
        match self.form {
            Form::Csv(delimiter) => format!(
                "CASE WHEN fault IS NULL THEN {} END",
                Fields::new(delimiter).split("v")
            ),
            Form::Json => {
                let list = self.mapping.columns(Field::Lines).first();
                let list = list.and_then(|column| self.mapping.header().get(*column));
                let list = list.map(|name| normalise(name));
                let members = json::members("v", list.as_deref());
                format!("CASE WHEN fault IS NULL THEN {members} END")
            }
            Form::Columns => "NULL".to_owned(),
        }
    }

    fn fault_of_fields(&self) -> String {
        match self.form {
            Form::Csv(_) => format!(
                "CASE WHEN fault IS NOT NULL THEN fault WHEN cardinality(f) > {} THEN '{}' END",
                self.mapping.header().len(),
                Reason::TooManyFields,
            ),
            Form::Json | Form::Columns => "fault".to_owned(),
        }
    }

    /// A column as it is written.
    fn raw(&self, column: usize) -> String {
        match self.form {
            Form::Csv(_) => format!("get(f, {column})"),
            Form::Json => {
                let name = self.mapping.header().get(column).map_or("", String::as_str);
                format!("try_element_at(f, {})", literal(&normalise(name)))
            }
            Form::Columns => format!("c{column}"),
        }
    }

    /// The trimmed columns of a field in order of precedence.
    fn trims(&self, field: Field) -> Vec<String> {
        let columns = self.of(field).into_iter();
        columns.map(|column| format!("t{column}")).collect()
    }

    fn one(&self, field: Field) -> String {
        first(&self.trims(field))
    }

    /// Everything that cleaning asks of a record.
    fn fields_of_sale(&self) -> String {
        let numbers = self.numbers();
        let quantity = self.one(Field::Quantity);
        let price = self.one(Field::UnitPrice);
        let product = numbers.product(&quantity, &price);
        let amounts = self.trims(Field::Amount).into_iter();
        let amounts = amounts.map(|text| numbers.units(&text)).chain([product]);
        let times = self.of(Field::Time).into_iter().map(|column| {
            let iso = time::iso(&format!("t{column}"));
            match self.dates {
                // The format is tried first.
                Some(_) => format!(
                    "CASE WHEN d{column}.micros IS NOT NULL THEN {} ELSE {iso} END",
                    time::coded(&format!("d{column}.micros"), &format!("d{column}.clock"))
                ),
                None => iso,
            }
        });
        let times: Vec<String> = times.collect();
        let time = match times.as_slice() {
            [] => "CAST(NULL AS BIGINT)".to_owned(),
            times => format!("COALESCE({})", times.join(", ")),
        };
        let kind = self.one(Field::TransactionType);
        // Of ASCII alone, as elsewhere letters of other alphabets become those.
        let large = format!(
            "translate({kind}, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')"
        );
        let mut columns = vec![
            format!("{time} AS time"),
            format!(
                "CASE WHEN {kind} IN ('', 'SALE') THEN 'SALE' ELSE CASE {large} WHEN 'SALE' THEN \
                 'SALE' WHEN 'PURCHASE' THEN 'SALE' WHEN 'RETURN' THEN 'RETURN' \
                 WHEN 'RESTOCK' THEN 'RESTOCK' END END AS type"
            ),
            format!(
                "COALESCE({}) AS amount",
                amounts.collect::<Vec<_>>().join(", ")
            ),
            format!("{} AS told", numbers.told(&quantity)),
            format!(
                "COALESCE(NULLIF({}, ''), 'UNKNOWN') AS product",
                self.one(Field::Product)
            ),
            format!("{} AS store", self.one(Field::StoreId)),
            format!("{} AS store_city", self.one(Field::StoreCity)),
            format!("{} AS category", self.one(Field::Category)),
            format!("{} AS country", self.one(Field::Country)),
        ];
        if self.details {
            columns.push(format!("{} AS unit_price", numbers.told(&price)));
            let texts = DETAILS.iter();
            columns.extend(texts.map(|(name, field)| format!("{} AS {name}", self.one(*field))));
        }
        columns.join(", ")
    }

    fn numbers(&self) -> Numbers {
        Numbers {
            point: char::from(self.rules.point()),
        }
    }

    /// Why a record is rejected, in the order of cleaning; null where it is not.
    fn reason(&self) -> String {
        let nothing = |fields: Vec<String>| match fields.as_slice() {
            [] => "TRUE".to_owned(),
            fields => {
                let blank = fields.iter().map(|field| format!("{field} = ''"));
                blank.collect::<Vec<_>>().join(" AND ")
            }
        };
        let no_time = nothing(self.trims(Field::Time));
        let no_amount = nothing(self.trims(Field::Amount));
        let (quantity, price) = (self.one(Field::Quantity), self.one(Field::UnitPrice));
        format!(
            "CASE WHEN fault IS NOT NULL THEN fault \
             WHEN time IS NULL AND {no_time} THEN '{}' WHEN time IS NULL THEN '{}' \
             WHEN type IS NULL THEN '{}' WHEN contains(product, '\\u0000') THEN '{}' \
             WHEN type = 'RESTOCK' THEN NULL \
             WHEN amount IS NULL AND ({quantity} = '' OR {price} = '') AND {no_amount} THEN '{}' \
             WHEN amount IS NULL THEN '{}' WHEN amount = {} THEN '{}' WHEN amount = {} THEN '{ASK}' \
             END",
            Reason::MissingTime,
            Reason::BadTime,
            Reason::UnknownType,
            Reason::NulByte,
            Reason::MissingAmount,
            Reason::BadAmount,
            number::RANGE,
            Reason::AmountOutOfRange,
            number::ASK,
        )
    }

    /// The columns of the result; of a rejected record only its place, text and reason.
    fn result(&self) -> String {
        let or_null = |value: &str| format!("CASE WHEN reason IS NULL THEN {value} END");
        let mut columns = vec![
            "source, line".to_owned(),
            "CASE WHEN reason IS NOT NULL AND reason <> 'blank' THEN CAST(value AS BINARY) END \
             AS value"
                .to_owned(),
            "reason AS status".to_owned(),
            format!(
                "{} AS kind",
                or_null("CASE WHEN is_return THEN 'RETURN' ELSE type END")
            ),
            format!("{} AS micros", or_null(MICROS)),
            format!("{} AS clock", or_null(CLOCK)),
            format!(
                "{} AS day",
                or_null(&format!(
                    "CAST(({MICROS} - pmod({MICROS}, {DAY}L)) DIV {DAY}L AS INT)"
                ))
            ),
            format!(
                "{} AS hour",
                or_null(&format!(
                    "CASE WHEN {CLOCK} THEN CAST(pmod({MICROS}, {DAY}L) DIV 3600000000L AS INT) END"
                ))
            ),
            format!(
                "{} AS money",
                or_null(
                    "CASE WHEN type = 'RESTOCK' THEN 0L WHEN is_return THEN -abs(amount) ELSE amount END"
                )
            ),
            format!(
                "{} AS units",
                or_null("CASE WHEN is_return THEN -abs(told) ELSE told END")
            ),
        ];
        let mut texts = vec!["product", "store", "store_city", "category", "country"];
        if self.details {
            texts.push("unit_price");
            texts.extend(DETAILS.iter().map(|(name, _)| *name));
        }
        columns.extend(
            texts
                .iter()
                .map(|text| format!("{} AS {text}", or_null(text))),
        );
        for (at, part) in self.mapping.key().iter().enumerate() {
            // As it is written: only whether it is blank goes by the trimmed text.
            let part = part.iter().filter(|column| self.is_there(**column));
            let whens = part.map(|c| format!(" WHEN t{c} <> '' THEN r{c}"));
            let whens: String = whens.collect();
            let value = match whens.as_str() {
                "" => "CAST(NULL AS STRING)".to_owned(),
                whens => format!("CASE WHEN reason IS NOT NULL THEN NULL{whens} END"),
            };
            columns.push(format!("{value} AS k{at}"));
        }
        if self.mapping.has_key() {
            let laps = self.mapping.lap().iter();
            let laps = laps
                .filter(|column| self.is_there(**column))
                .map(|c| format!("NULLIF(r{c}, '0')"));
            let laps: Vec<_> = laps.collect();
            columns.push(format!(
                "concat_ws('', {}) AS lap",
                match laps.as_slice() {
                    [] => "''".to_owned(),
                    laps => laps.join(", "),
                }
            ));
        }
        columns.join(", ")
    }
}

/// The text that tells the names of members, in their normal form, that hold anything in any line
/// of JSON of the view `raw`.
pub fn names(raw: &str) -> String {
    let filled = "map_filter(f, (k, v) -> trim(v) <> '')";
    format!(
        "SELECT DISTINCT explode(map_keys({filled})) AS name FROM (SELECT {} AS f \
         FROM (SELECT {} AS v FROM {raw}) WHERE {})",
        json::members("v", None),
        content(),
        json::is_plain("v"),
    )
}

/// The parts of a time as [`time::iso`] gives it.
const MICROS: &str = "shiftright(time, 1)";
const CLOCK: &str = "((time & 1L) = 1)";

/// A line without its end.
pub(super) fn content() -> &'static str {
    "CASE WHEN endswith(value, '\\r') THEN left(value, length(value) - 1) ELSE value END"
}
