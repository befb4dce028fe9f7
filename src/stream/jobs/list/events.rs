//! Every accepted event as a row, as soon as it is read, once.
//!
//! `sequence` counts them since the state began. The number of an event is made of where it stands: topic, partition and offset, or file and line. So it is
//! the same whenever the event is read again, and a database keeps it once.

use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

use super::Entry;
use crate::error::Result;
use crate::record::event::Kind;
use crate::record::{Event, Money};
use crate::source::reject::Spot;
use crate::stream::jobs::marks::View;
use crate::stream::jobs::operator::{Arrival, Operator, Tally};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, Spec, TableSpec, Type, column};
use crate::stream::keyed::Table;

static SPEC: Spec = Spec {
    name: "events",
    about: "Every accepted event as a row, at once",
    events: "all",
    // Rows wait for nothing.
    patience: Duration::ZERO,
    tables: &[TableSpec {
        name: "events",
        keep: Keep::Rows,
        columns: &[
            column("sequence", Type::Int),
            column("event_uuid", Type::Text),
            column("topic", Type::Text),
            column("partition_number", Type::Int),
            column("message_offset", Type::Int),
            column("event_time", Type::Time),
            column("event_type", Type::Text),
            column("event_id", Type::Text),
            column("user_id", Type::Text),
            column("session_id", Type::Text),
            column("store_id", Type::Text),
            column("product_id", Type::Text),
            column("category", Type::Text),
            column("country", Type::Text),
            column("source", Type::Text),
            column("payment_method", Type::Text),
            column("quantity", Type::Quantity),
            column("unit_price", Type::Money),
            column("amount", Type::Money),
            column("stock", Type::Quantity),
            column("line_count", Type::Int),
        ],
    }],
    settings: &[],
    figures: &[],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(_: &Setup) -> Result<Box<dyn Operator>> {
    Ok(Box::new(Events::default()))
}

/// Holds nothing.
#[derive(Default)]
struct Events {
    table: Table,
    tally: Tally,
}

/// What an event is called.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sale => "SALE",
        Kind::Return => "RETURN",
        Kind::Restock => "RESTOCK",
        Kind::View => "VIEW",
        Kind::CartAdd => "CART_ADD",
        Kind::CartUpdate => "CART_UPDATE",
        Kind::CartRemove => "CART_REMOVE",
        Kind::Stock => "STOCK",
        Kind::Order => "ORDER",
    }
}

/// The number of an event, of where it stands.
fn number(spot: &Spot<'_>) -> Uuid {
    let (partition, place) = place(spot);
    let text = format!("{}/{partition}/{place}", spot.source);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes())
}

/// Partition and offset; of a file 0 and the line.
fn place(spot: &Spot<'_>) -> (i64, i64) {
    let partition = spot.partition.unwrap_or(0) as i64;
    let line = spot.line.unwrap_or(0).cast_signed();
    (partition, spot.offset.unwrap_or(line))
}

fn row(event: &Event<'_>, spot: &Spot<'_>, sequence: u64) -> Row {
    let decimal = |value: Option<Money>| {
        value.map_or(Cell::Null, |value| Cell::Decimal(i128::from(value.units())))
    };
    let (partition, offset) = place(spot);
    // An order is of no product, and a transaction of several.
    let product = match event.lines.first() {
        Some(line) => line.product.as_bytes(),
        None if event.kind == Kind::Order => b"",
        None => event.product,
    };
    let pieces = event
        .lines
        .iter()
        .map(|line| i128::from(line.units.units()));
    let quantity = match event.lines.len() {
        0 | 1 => decimal(event.units),
        _ => Cell::Decimal(pieces.sum()),
    };
    let price = match &event.lines[..] {
        [line] => line.price.or(event.price),
        _ => event.price,
    };
    let has_money = matches!(event.kind, Kind::Sale | Kind::Return | Kind::Order);
    vec![
        Cell::Int(sequence.cast_signed()),
        Cell::Text(number(spot).to_string().into()),
        Cell::Text(spot.source.into()),
        Cell::Int(partition),
        Cell::Int(offset),
        Cell::Time(event.time.micros()),
        Cell::Text(name(event.kind).into()),
        Cell::some_text(event.id),
        Cell::some_text(event.user),
        Cell::some_text(event.session),
        Cell::some_text(event.store),
        Cell::some_text(product),
        Cell::some_text(&event.category),
        Cell::some_text(event.country),
        Cell::some_text(event.source),
        Cell::some_text(event.payment),
        quantity,
        decimal(price),
        decimal(has_money.then_some(event.amount)),
        decimal(event.stock),
        Cell::Int(event.lines.len() as i64),
    ]
}

impl Operator for Events {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn marks(&self) -> View {
        View::default()
    }

    fn take(&mut self, event: &Event<'_>, arrival: Arrival<'_>, out: &mut Out) -> bool {
        out.row(0, row(event, &arrival.spot, self.tally.taken));
        self.tally.taken += 1;
        false
    }

    fn advance(&mut self, _mark: i64, _out: &mut Out) -> bool {
        false
    }

    fn finish(&mut self, _out: &mut Out) -> bool {
        false
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn restore(&mut self, tally: Tally) -> postcard::Result<()> {
        self.tally = tally;
        match self.table.len() {
            0 => Ok(()),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        }
    }

    fn view(&self) -> Value {
        Value::Null
    }
}
