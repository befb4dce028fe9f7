//! What comes back, hour by hour and product by product.

use std::time::Duration;

use crate::error::Result;
use crate::record::Event;
use crate::record::event::Kind;
use crate::stream::jobs::list::Entry;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec, Type, column};
use crate::stream::jobs::windowed::{InWindows, Windowed};
use crate::stream::window::Shape;

static SPEC: Spec = Spec {
    name: "returns",
    about: "What comes back, hour by hour",
    events: "sales and returns",
    patience: Duration::from_secs(15 * 60),
    tables: &[TableSpec {
        name: "returns",
        keep: Keep::Rows,
        columns: &[
            column("product", Type::Text),
            column("sales", Type::Int),
            column("returns", Type::Int),
            column("returned_amount", Type::Money),
            column("window_start", Type::Time),
        ],
    }],
    settings: &[SettingSpec {
        name: "window",
        default: "1h",
        about: "length of a window",
    }],
    figures: &[],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let shape = setup.shape("window", "window")?;
    Ok(Box::new(InWindows::new(Returns { shape })))
}

struct Returns {
    shape: Shape,
}

impl Windowed for Returns {
    /// Sales, returns, and the amount of the returns.
    type Sum = (i64, i64, i128);

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Self::Sum)) {
        match event.kind {
            Kind::Sale => give(event.product, (1, 0, 0)),
            Kind::Return => give(event.product, (0, 1, event.amount.units().into())),
            _ => {}
        }
    }

    fn merge(&self, sum: &mut Self::Sum, more: &Self::Sum) {
        *sum = (sum.0 + more.0, sum.1 + more.1, sum.2 + more.2);
    }

    fn row(&self, product: &[u8], sum: &Self::Sum, (start, _): (i64, i64)) -> Row {
        vec![
            Cell::text(product),
            Cell::Int(sum.0),
            Cell::Int(sum.1),
            Cell::Decimal(sum.2),
            Cell::Time(start),
        ]
    }
}
