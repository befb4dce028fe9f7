//! `sessions` and `cart_abandonment` over real events: those of the REES46 shop.

use std::collections::HashSet;
use std::fs;

use serde_json::json;

use crate::common::{Shop, shared_data};
use crate::play::{assert_same, oracle, stream};

#[test]
fn real_sessions_are_as_they_were_counted_by_hand() {
    let Some(data) = shared_data() else {
        return;
    };
    let shop = Shop::new();
    let text = fs::read_to_string(data.join("rees46/2019-Oct-head.csv")).expect("the events");
    let key = "event_time,event_type,product_id,user_session";
    for (options, duplicates) in [(&[][..], 0), (&["--dedup", key], 5)] {
        shop.write("events/2019-Oct-head.csv", &text);
        let summary = stream(&shop, "sessions,cart_abandonment", options);
        assert_eq!(summary["read"], 17_435);
        assert_eq!(
            summary["rejected_by_reason"],
            json!({"missing_session": 1}),
            "the one cut off"
        );
        assert_eq!(summary["duplicates"], duplicates);
        assert_eq!(summary["late"], 0);
        assert_eq!(summary["accepted_revenue"], "59442.63");
        let sessions = &summary["jobs"]["sessions"];
        // There are 5,066 ids. One of them rests for an hour, and one is of two customers.
        assert_eq!(sessions["sessions"], 5_068);
        assert_eq!(sessions["with_cart"], 118);
        assert_eq!(sessions["abandoned"], 53);
        if duplicates > 0 {
            let mut known = HashSet::new();
            let once: Vec<_> = text.lines().filter(|line| known.insert(*line)).collect();
            shop.write("events/2019-Oct-head.csv", once.join("\n"));
        }
        let told = oracle(&shop, "rees46");
        assert_eq!(assert_same(&told, "sessions"), 5_068);
        assert_eq!(told["ids"], 5_066);
        assert_eq!(told["split"], json!({"paused": 1, "shared": 1}));
        assert_eq!(told["amount"], "59442.63");
        // One of the 53 customers bought the same in another session.
        assert_eq!(assert_same(&told, "cart_abandonment"), 52);
        fs::remove_dir_all(shop.path("data/output")).expect("gone");
        fs::remove_dir_all(shop.path("checkpoints")).expect("gone");
    }
}
