//! Rows as Parquet: columns of a chunk, and the file of a day.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::Profile;
use super::encode::{self, CLASSIC, Damage, FURTHER};
use super::row::{More, Row};
use crate::error::{Error, Result};

/// The columns of a profile.
pub fn schema(profile: Profile) -> SchemaRef {
    let further = match profile {
        Profile::Classic => &[][..],
        Profile::Standard => &FURTHER,
    };
    let fields = CLASSIC.iter().chain(further).map(|&name| {
        let kind = match name {
            "order_date" => DataType::Date32,
            "quantity" => DataType::Int64,
            "unit_price" | "amount" => DataType::Decimal128(18, 4),
            "order_time" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => DataType::Utf8,
        };
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The columns of a chunk while its rows come in.
pub(crate) struct Columns {
    schema: SchemaRef,
    order_id: StringBuilder,
    order_date: Date32Builder,
    store_id: StringBuilder,
    store_city: StringBuilder,
    product: StringBuilder,
    quantity: Int64Builder,
    unit_price: Decimal128Builder,
    amount: Decimal128Builder,
    further: Option<Further>,
    text: Vec<u8>,
}

struct Further {
    order_time: TimestampMicrosecondBuilder,
    customer_id: StringBuilder,
    category: StringBuilder,
    transaction_type: StringBuilder,
    payment_method: StringBuilder,
    country: StringBuilder,
    promotion_id: StringBuilder,
    original_order_id: StringBuilder,
}

impl Columns {
    /// No rows yet.
    pub fn new(profile: Profile) -> Self {
        let schema = schema(profile);
        let money = DataType::Decimal128(18, 4);
        Self {
            order_id: StringBuilder::new(),
            order_date: Date32Builder::new(),
            store_id: StringBuilder::new(),
            store_city: StringBuilder::new(),
            product: StringBuilder::new(),
            quantity: Int64Builder::new(),
            unit_price: Decimal128Builder::new().with_data_type(money.clone()),
            amount: Decimal128Builder::new().with_data_type(money),
            further: (profile == Profile::Standard).then(Further::new),
            schema,
            text: Vec::new(),
        }
    }

    /// Appends a row. What is damaged is null, since a typed column cannot hold a wrong text;
    /// a damaged shape, which no file of columns can have, shows as a damaged amount.
    pub fn push(&mut self, row: &Row<'_>, damage: Option<Damage>) {
        let no_amount = matches!(damage, Some(Damage::Amount | Damage::Shape));
        let no_time = damage == Some(Damage::Time);
        let text = &mut self.text;
        let order_id = as_text(text, |out| encode::order_id(row.day, row.seq, out));
        self.order_id.append_value(order_id);
        self.order_date
            .append_option((!no_time).then_some(row.day.epoch));
        self.store_id.append_value(row.store_id);
        self.store_city.append_value(row.store_city);
        self.product.append_value(row.product);
        self.quantity
            .append_option((!no_amount).then(|| i64::from(row.quantity)));
        self.unit_price
            .append_value(i128::from(row.unit_price) * 100);
        let amount = (!no_amount).then(|| i128::from(row.amount()) * 100);
        self.amount.append_option(amount);
        if let (Some(further), Some(more)) = (&mut self.further, &row.more) {
            let midnight = i64::from(row.day.epoch) * 86_400;
            let time = (!no_time).then(|| (midnight + i64::from(more.second)) * 1_000_000);
            further.push(more, time, damage, text);
        }
    }

    /// The rows so far as a batch; begins anew.
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.order_id.finish()),
            Arc::new(self.order_date.finish()),
            Arc::new(self.store_id.finish()),
            Arc::new(self.store_city.finish()),
            Arc::new(self.product.finish()),
            Arc::new(self.quantity.finish()),
            Arc::new(self.unit_price.finish()),
            Arc::new(self.amount.finish()),
        ];
        if let Some(further) = &mut self.further {
            columns.extend(further.finish());
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|e| Error::Internal(format!("columns of generated rows: {e}")))
    }
}

impl Further {
    fn new() -> Self {
        Self {
            order_time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            customer_id: StringBuilder::new(),
            category: StringBuilder::new(),
            transaction_type: StringBuilder::new(),
            payment_method: StringBuilder::new(),
            country: StringBuilder::new(),
            promotion_id: StringBuilder::new(),
            original_order_id: StringBuilder::new(),
        }
    }

    fn push(
        &mut self,
        more: &More<'_>,
        time: Option<i64>,
        damage: Option<Damage>,
        text: &mut Vec<u8>,
    ) {
        self.order_time.append_option(time);
        let customer = as_text(text, |out| encode::customer_id(more.customer, out));
        self.customer_id.append_value(customer);
        self.category.append_value(more.category);
        let kind = encode::transaction_type(more, damage);
        self.transaction_type.append_value(kind);
        self.payment_method.append_value(more.payment);
        self.country.append_value(more.country);
        let promotion = more
            .promotion
            .map(|p| as_text(text, |out| encode::promotion_id(&p, out)));
        self.promotion_id.append_option(promotion);
        let original = more
            .reverses
            .map(|(day, seq)| as_text(text, |out| encode::order_id(day, seq, out)));
        self.original_order_id.append_option(original);
    }

    fn finish(&mut self) -> [ArrayRef; 8] {
        [
            Arc::new(self.order_time.finish()),
            Arc::new(self.customer_id.finish()),
            Arc::new(self.category.finish()),
            Arc::new(self.transaction_type.finish()),
            Arc::new(self.payment_method.finish()),
            Arc::new(self.country.finish()),
            Arc::new(self.promotion_id.finish()),
            Arc::new(self.original_order_id.finish()),
        ]
    }
}

/// What `write` appends, as text; ids are ASCII.
fn as_text(buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> &str {
    buffer.clear();
    write(buffer);
    std::str::from_utf8(buffer).unwrap_or_default()
}

/// The Parquet file of a day, handed on in pieces as they become ready.
pub(crate) struct DayFile(ArrowWriter<Vec<u8>>);

impl DayFile {
    /// A file without rows.
    pub fn new(profile: Profile) -> Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        ArrowWriter::try_new(Vec::new(), schema(profile), Some(properties))
            .map(Self)
            .map_err(broken)
    }

    /// Adds rows and gives the bytes that are ready, often none.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<Vec<u8>> {
        self.0.write(batch).map_err(broken)?;
        Ok(std::mem::take(self.0.inner_mut()))
    }

    /// Ends the file and gives its last bytes.
    pub fn finish(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(broken)
    }
}

fn broken(error: parquet::errors::ParquetError) -> Error {
    Error::Internal(format!("Parquet of generated rows: {error}"))
}
