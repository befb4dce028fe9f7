//! Events of a live shop as Spark SQL: what kind each is, and what a sale comes to, as
//! [`crate::record::event`] reads them.

use super::json::normalised;
use super::number::{self, Numbers};
use super::text::{literal, pattern, trimmed, with};
use super::{ASK, Cleaning, MICROS, json, time};
use crate::record::event::{ACTIONS, KINDS, Kind, LINE};
use crate::record::field::normalise;
use crate::record::{Field, Reason};

/// What an event is asked for.
pub(super) const FIELDS: [Field; 15] = [
    Field::Product,
    Field::Time,
    Field::Amount,
    Field::Quantity,
    Field::UnitPrice,
    Field::TransactionType,
    Field::OrderId,
    Field::Category,
    Field::Country,
    Field::Session,
    Field::Action,
    Field::Lines,
    Field::CurrentStock,
    Field::Duration,
    Field::Source,
];

impl Cleaning<'_> {
    /// The text that reads the events of the view `raw`, one JSON object a line.
    pub(super) fn events(&self, raw: &str) -> String {
        format!(
            "{},\n\
             g AS (SELECT e.*, {} FROM e),\n\
             h AS (SELECT *, {} AS amount FROM g),\n\
             i AS (SELECT *, {} AS reason, \
             CASE WHEN type = 'SALE' AND amount < 0 THEN 'RETURN' ELSE type END AS what FROM h)\n\
             SELECT {} FROM i",
            self.texts(raw),
            self.fields_of_event(),
            self.amount_of_event(),
            self.reason_of_event(),
            result(),
        )
    }

    fn fields_of_event(&self) -> String {
        let numbers = self.numbers();
        let (quantity, price) = (self.one(Field::Quantity), self.one(Field::UnitPrice));
        let amount = first_of(&self.trims(Field::Amount), "told", &numbers.units("told"));
        let product = numbers.product(&quantity, &price);
        let time = with("told", &order_time("written"), &time::iso("told"));
        let time = first_of(&self.trims(Field::Time), "written", &time);
        let lines = self.one(Field::Lines);
        [
            format!("{time} AS time"),
            format!("{} AS type", self.kind_of_event()),
            format!("COALESCE({amount}, {product}) AS told"),
            format!("{} AS price", numbers.told(&price)),
            format!(
                "({quantity} <> '' AND {} IS NULL) AS is_bad_quantity",
                numbers.told(&quantity)
            ),
            format!("{} AS product", self.one(Field::Product)),
            format!("CASE WHEN {lines} <> '' THEN {} END AS lines", read(&lines)),
            format!("{} AS category", self.one(Field::Category)),
            format!("{} AS country", self.one(Field::Country)),
        ]
        .join(", ")
    }

    /// What a record says that it is, or looks like.
    fn kind_of_event(&self) -> String {
        let declared = self.one(Field::TransactionType);
        let action = self.one(Field::Action);
        let has = |field| format!("{} <> ''", self.one(field));
        let header = self.mapping.header();
        let created = self.of(Field::Time).into_iter().filter(|column| {
            let name = header.get(*column);
            name.is_some_and(|name| normalise(name) == "createdat")
        });
        let created = created.map(|column| format!("t{column} <> ''"));
        let created = created.chain(["FALSE".to_owned()]);
        format!(
            "CASE WHEN {declared} <> '' THEN {} WHEN {action} <> '' THEN {} \
             WHEN {} THEN '{sale}' WHEN {} THEN '{}' WHEN {} THEN '{}' \
             WHEN {} = '' AND ({} OR ({} AND {} AND NOT {} AND NOT {} AND ({}))) THEN '{}' \
             ELSE '{sale}' END",
            known(&KINDS, &declared),
            known(&ACTIONS, &action),
            has(Field::Lines),
            has(Field::CurrentStock),
            name(Kind::Stock),
            has(Field::Duration),
            name(Kind::View),
            self.one(Field::Product),
            has(Field::Source),
            has(Field::Quantity),
            has(Field::Amount),
            has(Field::UnitPrice),
            has(Field::OrderId),
            created.collect::<Vec<_>>().join(" OR "),
            name(Kind::Order),
            sale = name(Kind::Sale),
        )
    }

    /// What is missing where no money is told.
    fn tells_nothing(&self) -> String {
        let blank = self.trims(Field::Amount).into_iter();
        let blank = blank.map(|text| format!("{text} = ''"));
        let (quantity, price) = (self.one(Field::Quantity), self.one(Field::UnitPrice));
        let one = format!("({quantity} = '' OR {price} = '')");
        blank.chain([one]).collect::<Vec<_>>().join(" AND ")
    }

    /// Money that is told; else that of the lines, or of the one piece of what says it is a sale.
    fn amount_of_event(&self) -> String {
        let declared = self.one(Field::TransactionType);
        format!(
            "CASE WHEN told IS NOT NULL OR type NOT IN ('SALE', 'RETURN') OR NOT ({}) THEN told \
             WHEN lines IS NOT NULL THEN lines.sum \
             WHEN {} = '' AND {} = 'SALE' THEN price END",
            self.tells_nothing(),
            self.one(Field::Quantity),
            known(&KINDS, &declared),
        )
    }

    fn reason_of_event(&self) -> String {
        let money = format!(
            "WHEN amount IS NULL AND {} THEN '{}' WHEN amount IS NULL THEN '{}' \
             WHEN amount = {} THEN '{}' WHEN amount = {} THEN '{ASK}'",
            self.tells_nothing(),
            Reason::MissingAmount,
            Reason::BadAmount,
            number::RANGE,
            Reason::AmountOutOfRange,
            number::ASK,
        );
        let quantity = format!("WHEN is_bad_quantity THEN '{}'", Reason::BadQuantity);
        let no_time = self.trims(Field::Time).into_iter();
        let no_time = no_time.map(|text| format!("{text} = ''"));
        let stock = self.numbers().told(&self.one(Field::CurrentStock));
        format!(
            "CASE WHEN fault IS NOT NULL THEN fault \
             WHEN time IS NULL AND {} THEN '{}' WHEN time IS NULL THEN '{}' \
             WHEN type IS NULL THEN '{}' WHEN contains(product, '\\u0000') THEN '{}' \
             WHEN type IN ('SALE', 'RETURN') THEN \
             CASE WHEN lines.status IS NOT NULL THEN lines.status {money} {quantity} END \
             WHEN type = '{}' THEN CASE {quantity} {money} END \
             WHEN type = '{}' THEN CASE WHEN {stock} IS NULL THEN '{}' END \
             WHEN type IN ('{}', '{}') AND {} = '' THEN '{}' \
             {quantity} END",
            no_time.collect::<Vec<_>>().join(" AND "),
            Reason::MissingTime,
            Reason::BadTime,
            Reason::UnknownType,
            Reason::NulByte,
            name(Kind::Order),
            name(Kind::Stock),
            Reason::BadQuantity,
            name(Kind::View),
            name(Kind::CartAdd),
            self.one(Field::Session),
            Reason::MissingSession,
        )
    }
}

/// The first of several texts that `body` makes anything of, where it is called `name`. The body
/// stands there once, whatever the number of texts: Spark's plans are not for thousands of steps.
fn first_of(texts: &[String], name: &str, body: &str) -> String {
    match texts {
        [] => "CAST(NULL AS BIGINT)".to_owned(),
        texts => format!(
            "get(filter(transform(array({}), {name} -> {body}), found -> found IS NOT NULL), 0)",
            texts.join(", ")
        ),
    }
}

/// The columns of an event: of a rejected one only its place, text and reason.
fn result() -> String {
    let or_null = |value: &str| format!("CASE WHEN reason IS NULL THEN {value} END");
    let category = "COALESCE(NULLIF(category, ''), lines.category, '')";
    [
        "source, line, reason AS status".to_owned(),
        format!("{} AS kind", or_null("what")),
        format!("{} AS micros", or_null(MICROS)),
        format!(
            "{} AS money",
            or_null(
                "CASE what WHEN 'SALE' THEN amount WHEN 'RETURN' THEN -abs(amount) ELSE 0L END"
            )
        ),
        format!("{} AS category", or_null(category)),
        format!("{} AS country", or_null("country")),
    ]
    .join(", ")
}

/// How a kind is called here; what a cart is told is all the same.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sale => "SALE",
        Kind::Return => "RETURN",
        Kind::Restock => "RESTOCK",
        Kind::View => "VIEW",
        Kind::CartAdd | Kind::CartUpdate | Kind::CartRemove => "CART",
        Kind::Stock => "STOCK",
        Kind::Order => "ORDER",
    }
}

/// The kind that a text names, whatever its case; null if none is.
fn known(table: &[(&str, Kind)], text: &str) -> String {
    let whens = table.iter().map(|(word, kind)| {
        let word = literal(&word.to_ascii_lowercase());
        format!(" WHEN {word} THEN '{}'", name(*kind))
    });
    // Of ASCII alone, as elsewhere letters of other alphabets become those.
    format!(
        "CASE translate({text}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'){} END",
        whens.collect::<String>()
    )
}

/// A text as it is, but `12/31/2025, 23:05:09`, month first, as orders write it.
fn order_time(text: &str) -> String {
    let form = pattern("\\A[^/]{2}/[^/]{2}/[^/]{4}, .{8}\\z");
    format!(
        "CASE WHEN {text} RLIKE {form} THEN concat(substr({text}, 7, 4), '-', substr({text}, 1, 2), \
         '-', substr({text}, 4, 2), 'T', substr({text}, 13, 8)) ELSE {text} END"
    )
}

/// What the lines of a transaction come to: a `status` where they are none, the `sum` of their
/// money, and the `category` of the first.
fn read(text: &str) -> String {
    let keys = "json_object_keys(one)";
    // Keys that Spark may read otherwise; and one field told twice under one name.
    let is_odd = format!(
        "exists(objects, one -> exists({keys}, k -> k RLIKE {}) OR cardinality({keys}) <> \
         cardinality(array_distinct(transform({keys}, k -> {}))))",
        pattern("[,:\"\\\\\\x00-\\x1f]"),
        normalised("k"),
    );
    let status = format!(
        "CASE WHEN maps IS NULL OR cardinality(maps) = 0 OR exists(maps, one -> one IS NULL) \
         THEN '{}' WHEN {is_odd} THEN '{ASK}' END",
        Reason::BadLines
    );
    let each = with(
        "lines",
        &format!("transform(maps, one -> {})", line("one")),
        &format!(
            "named_struct('status', get(filter(lines.status, s -> s IS NOT NULL), 0), \
             'sum', {}, 'category', get(lines.category, 0))",
            sum("lines.amount"),
        ),
    );
    let none = "'sum', CAST(NULL AS BIGINT), 'category', CAST(NULL AS STRING)";
    let inner = with(
        "wrong",
        &status,
        &format!(
            "CASE WHEN wrong IS NOT NULL THEN named_struct('status', wrong, {none}) ELSE {each} END"
        ),
    );
    let inner = with(
        "maps",
        &format!("from_json({text}, 'ARRAY<MAP<STRING, STRING>>')"),
        &with(
            "objects",
            &format!("from_json({text}, 'ARRAY<STRING>')"),
            &inner,
        ),
    );
    format!(
        "CASE WHEN NOT startswith({text}, '[') THEN named_struct('status', '{}', {none}) \
         ELSE {inner} END",
        Reason::BadLines
    )
}

/// One line, out of its members.
fn line(object: &str) -> String {
    let numbers = Numbers { point: '.' };
    let one = |field: Field| {
        let names = field.aliases().iter().copied().chain(field.event_aliases());
        let texts = names.map(|name| {
            let name = literal(&normalise(name));
            format!("COALESCE(try_element_at(members, {name}), '')")
        });
        let texts: Vec<_> = texts.collect();
        let text = first_of(
            &texts,
            "written",
            &format!("NULLIF({}, '')", trimmed("written")),
        );
        format!("COALESCE({text}, '')")
    };
    let [product, quantity, price, category] = LINE.map(one);
    let is_no_number = |text: &str| format!("{} IS NULL", numbers.told(text));
    let status = format!(
        "CASE WHEN quantity = '' OR price = '' THEN '{bad}' WHEN contains({product}, '\\u0000') \
         THEN '{}' WHEN {} OR {} THEN '{bad}' WHEN amount IS NULL OR amount = {} THEN '{bad}' \
         WHEN amount = {} THEN '{ASK}' END",
        Reason::NulByte,
        is_no_number("quantity"),
        is_no_number("price"),
        number::RANGE,
        number::ASK,
        bad = Reason::BadLines,
    );
    let all = format!("named_struct('status', {status}, 'amount', amount, 'category', {category})");
    let all = with("amount", &numbers.product("quantity", "price"), &all);
    let all = with("quantity", &quantity, &with("price", &price, &all));
    with("members", &json::by_name(object), &all)
}

/// The sum of a list of money; [`number::RANGE`] from where it leaves the range.
fn sum(amounts: &str) -> String {
    let range = number::RANGE;
    format!(
        "aggregate({amounts}, 0L, (sum, more) -> CASE \
         WHEN sum = {range} OR more IS NULL OR abs(more) >= {limit} THEN {range} \
         WHEN abs(sum + more) >= {limit} THEN {range} ELSE sum + more END)",
        limit = number::LIMIT,
    )
}
