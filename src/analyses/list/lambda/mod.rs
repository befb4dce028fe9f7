//! `lambda`.

mod views;

use crate::analyses::spec::{Analysis, Kind, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "lambda",
    about: "an archive and live events as one, and views over them",
    source: "serving views of the lambda stack, which counted what both layers held twice",
    needs: &[],
    tables: &[
        UNIFIED,
        views::CATEGORIES,
        views::STORES,
        views::HOURS,
        views::PRODUCTS,
        WATERMARK,
    ],
    example: "\
The archive (--input) has sales at 09:00 and 11:00 of 2 January and one at 08:00 of the 3rd; live events \
(--live) repeat all three and add one at 10:00 of the 3rd. The watermark is midnight of the 3rd, the last \
day of the archive: two events are historical, two are realtime, none counts twice.",
};

const UNIFIED: Table = Table {
    file: "retail_events_unified",
    about: "One row for every event: of the archive before the watermark, of the live events from it on. \
            Restocks are events as well.",
    needs: &[],
    columns: &[
        column("event_time", Kind::Time, "event time, UTC"),
        column("store_id", Kind::Text, "the store"),
        column("product_id", Kind::Text, "the product"),
        column("category", Kind::Text, "the category that the record names"),
        column("transaction_type", Kind::Text, "SALE, RETURN or RESTOCK"),
        column("quantity", Kind::Money, "pieces, positive"),
        column("unit_price", Kind::Money, "the price that the record tells, else its money / pieces"),
        column("source", Kind::Text, "historical or realtime"),
        column("amount", Kind::Money, "money, negative of a return"),
    ],
    step: Step::days(
        "retail_events_unified",
        "SELECT day_number, event_time, store_id, product AS product_id, category, kind AS transaction_type,
                ABS(quantity) AS quantity,
                COALESCE(unit_price, RATIO(ABS(amount), ABS(quantity))) AS unit_price, layer AS source,
                amount
         FROM unified ORDER BY event_time, source, origin, position",
    ),
};

const WATERMARK: Table = Table {
    file: "batch_watermark",
    about: "One row: where the archive ends for the views. It is --batch-watermark; else with live \
            events the start of the last day of the archive, which may not be whole; else just behind \
            its last event.",
    needs: &[],
    columns: &[
        column(
            "batch_watermark",
            Kind::Time,
            "events before it are of the archive",
        ),
        column(
            "historical_events",
            Kind::Count,
            "events of the archive before it",
        ),
        column("realtime_events", Kind::Count, "live events from it on"),
        column(
            "archive_events_after",
            Kind::Count,
            "events of the archive from it on, left to the live events",
        ),
        column(
            "live_events_before",
            Kind::Count,
            "live events before it, left to the archive",
        ),
    ],
    step: Step::whole(
        "batch_watermark",
        "SELECT w.batch_watermark, COALESCE(SUM(c.historical), 0) AS historical_events,
                COALESCE(SUM(c.realtime), 0) AS realtime_events,
                COALESCE(SUM(c.after), 0) AS archive_events_after,
                COALESCE(SUM(c.before), 0) AS live_events_before
         FROM watermark w LEFT JOIN layer_counts c ON w.one = c.one GROUP BY w.batch_watermark",
    ),
};
