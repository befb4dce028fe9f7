//! Revenue by window and product, beside other jobs: the figures of `retail stream` alone.

use std::time::Duration;

use super::Entry;
use crate::error::Result;
use crate::record::Event;
use crate::record::event::Kind;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec, Type, column};
use crate::stream::jobs::windowed::{InWindows, Windowed};
use crate::stream::window::Shape;

static SPEC: Spec = Spec {
    name: "revenue",
    about: "Revenue by window and product",
    events: "sales and returns",
    patience: Duration::from_secs(15 * 60),
    tables: &[TableSpec {
        name: "revenue",
        keep: Keep::Rows,
        columns: &[
            column("product", Type::Text),
            column("revenue", Type::Money),
            column("window_start", Type::Time),
            column("window_end", Type::Time),
        ],
    }],
    settings: &[
        SettingSpec {
            name: "window",
            default: "1h",
            about: "length of a window",
        },
        SettingSpec {
            name: "slide",
            default: "15m",
            about: "distance of windows",
        },
    ],
    figures: &[],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let shape = setup.shape("window", "slide")?;
    Ok(Box::new(InWindows::new(Revenue { shape })))
}

struct Revenue {
    shape: Shape,
}

impl Windowed for Revenue {
    type Sum = i128;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], i128)) {
        if matches!(event.kind, Kind::Sale | Kind::Return) {
            give(event.product, i128::from(event.amount.units()));
        }
    }

    fn merge(&self, sum: &mut i128, more: &i128) {
        *sum += more;
    }

    fn money(&self, sum: &i128) -> i128 {
        *sum
    }

    fn row(&self, key: &[u8], sum: &i128, (start, end): (i64, i64)) -> Row {
        vec![
            Cell::text(key),
            Cell::Decimal(*sum),
            Cell::Time(start),
            Cell::Time(end),
        ]
    }
}
