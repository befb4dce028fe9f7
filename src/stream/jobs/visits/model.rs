//! The same as the jobs that follow visits, told once more in another way: everything is sorted
//! first, then sessions are gathered, then each is looked at as a whole.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stream::jobs::tests::bench::{Bench, at, bought, cart, view, with};

/// What somebody does: the fields are of no account where it has no use for them.
#[derive(Debug, Clone)]
pub struct Deed {
    pub user: u8,
    /// 0 is none, which only purchases have.
    pub session: u8,
    pub time: i64,
    pub what: What,
    pub product: u8,
    pub quantity: i64,
    /// In hundredths.
    pub price: Option<i64>,
    pub arrival: Arrival,
}

/// How it comes to the job.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// So many seconds later than it might.
    pub delay: i64,
    pub partition: usize,
    /// Whether another process goes on before it.
    pub restart: bool,
    /// Whether what is final is looked at after it.
    pub advance: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    View,
    Add,
    Update,
    Remove,
    Buy,
}

/// Deeds of three customers over two hours, late by less than a minute.
pub fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let what = prop_oneof![
        3 => Just(What::View),
        3 => Just(What::Add),
        1 => Just(What::Update),
        1 => Just(What::Remove),
        2 => Just(What::Buy),
    ];
    let arrival = (
        0..59i64,
        0..3usize,
        prop::bool::weighted(0.1),
        any::<bool>(),
    );
    let arrival = arrival.prop_map(|(delay, partition, restart, advance)| Arrival {
        delay,
        partition,
        restart,
        advance,
    });
    // Times that are often equal, and often just as far apart as a pause may be.
    let time = prop_oneof![0..7_200i64, (0..24i64).prop_map(|slot| slot * 300)];
    let price = prop::option::of(1..500i64);
    let deed = (0..3u8, 0..3u8, time, what, 0..3u8, 0..4i64, price, arrival);
    let deed = deed.prop_map(
        |(user, session, time, what, product, quantity, price, arrival)| Deed {
            user,
            session: if what == What::Buy {
                session
            } else {
                session.max(1)
            },
            time,
            what,
            product,
            quantity: if what == What::Update {
                quantity
            } else {
                quantity.max(1)
            },
            price: if what == What::Buy {
                price.or(Some(7))
            } else {
                price
            },
            arrival,
        },
    );
    prop::collection::vec(deed, 0..60)
}

/// The deeds as events, taken up in the order of their arrival.
pub fn run(name: &'static str, set: &[&str], deeds: &[Deed]) -> Bench {
    let mut bench = Bench::new(name, set);
    let mut deeds: Vec<_> = deeds.iter().collect();
    deeds.sort_by_key(|deed| deed.time + deed.arrival.delay);
    for deed in deeds {
        if deed.arrival.restart {
            bench.restart();
        }
        bench.event(deed.arrival.partition, &deed.event());
        if deed.arrival.advance {
            bench.stage.advance();
        }
    }
    bench.finish();
    assert_eq!(bench.late, 0);
    bench
}

impl Deed {
    fn event(&self) -> Value {
        let (user, session, product) = (self.user(), self.session(), format!("p{}", self.product));
        let line = (&*product, self.quantity);
        let event = match self.what {
            What::View => view(&user, &session, self.time, &product),
            What::Add => cart("add", &user, &session, self.time, line),
            What::Update => cart("update", &user, &session, self.time, line),
            What::Remove => cart("remove", &user, &session, self.time, (&product, 0)),
            What::Buy => {
                let price = money(self.price.expect("a price"));
                let event = bought(&user, self.time, &[(&product, self.quantity, &price)]);
                return match self.session {
                    0 => event,
                    _ => with(event, "session_id", session),
                };
            }
        };
        match self.price {
            Some(price) => with(event, "price", money(price)),
            None => event,
        }
    }

    pub fn user(&self) -> String {
        format!("u{}", self.user)
    }

    pub fn session(&self) -> String {
        match self.session {
            0 => String::new(),
            session => format!("{}s{session}", self.user()),
        }
    }

    /// What decides the order of deeds at the same time.
    fn rank(&self) -> (i64, What, Vec<i64>, u8) {
        let (product, price) = (i64::from(self.product), self.price.unwrap_or(-1));
        let numbers = match self.what {
            What::View => self.price.map_or(Vec::new(), |price| vec![product, price]),
            What::Add | What::Update => vec![product, self.quantity, price],
            What::Remove => vec![product],
            What::Buy => vec![self.amount(), product],
        };
        (self.time, self.what, numbers, self.session)
    }

    fn amount(&self) -> i64 {
        self.quantity * self.price.unwrap_or(0)
    }
}

/// Hundredths as text.
pub fn money(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The deeds of each customer in order, each with the number of its session; numbers rise in the
/// order in which sessions begin.
pub fn gathered(deeds: &[Deed], gap: i64) -> Vec<Vec<(usize, Deed)>> {
    let mut users: BTreeMap<u8, Vec<Deed>> = BTreeMap::new();
    for deed in deeds {
        users.entry(deed.user).or_default().push(deed.clone());
    }
    let users = users.into_values().map(|mut deeds| {
        deeds.sort_by_key(Deed::rank);
        let mut sessions: Vec<(u8, i64)> = Vec::new();
        let mut numbered = Vec::new();
        for deed in deeds {
            let open = sessions.iter().enumerate();
            let open = open.filter(|(_, (_, last))| last + gap > deed.time);
            let open: Vec<_> = open
                .map(|(number, (name, last))| (*last, *name, number))
                .collect();
            let called = |wanted| open.iter().find(|(_, name, _)| *name == wanted);
            let best = match deed.session {
                0 => open.iter().max(),
                name => called(name).or_else(|| called(0)),
            };
            let number = best.map_or(sessions.len(), |(.., number)| *number);
            if number == sessions.len() {
                sessions.push((deed.session, deed.time));
            }
            let name = sessions[number].0.max(deed.session);
            sessions[number] = (name, deed.time);
            numbered.push((number, deed));
        }
        numbered
    });
    users.collect()
}

/// What is left in a cart after deeds: pieces and price by product.
pub fn left<'a>(deeds: impl IntoIterator<Item = &'a Deed>) -> BTreeMap<u8, (i64, Option<i64>)> {
    let mut lines: BTreeMap<u8, (i64, Option<i64>)> = BTreeMap::new();
    let mut viewed = None;
    for deed in deeds {
        let known = viewed.filter(|(product, _)| *product == deed.product);
        let price = deed.price.or(known.map(|(_, price)| price));
        match deed.what {
            What::View => {
                if let Some(price) = deed.price {
                    viewed = Some((deed.product, price));
                    lines
                        .entry(deed.product)
                        .and_modify(|line| line.1 = Some(price));
                }
            }
            What::Add | What::Update => {
                let line = lines.entry(deed.product).or_default();
                line.0 = deed.quantity + if deed.what == What::Add { line.0 } else { 0 };
                line.1 = price.or(line.1);
            }
            What::Remove | What::Buy => _ = lines.remove(&deed.product),
        }
        lines.retain(|_, (pieces, _)| *pieces > 0);
    }
    lines
}

/// The row that a session should have.
pub fn row(deeds: &[Deed]) -> Value {
    let (first, last) = (&deeds[0], &deeds[deeds.len() - 1]);
    let count = |what| deeds.iter().filter(|deed| deed.what == what).count();
    let bought = deeds.iter().filter(|deed| deed.what == What::Buy);
    let total: i64 = bought.map(Deed::amount).sum();
    let cart = left(deeds);
    let value = cart
        .values()
        .map(|(pieces, price)| Some(pieces * (*price)?));
    let value: Option<i64> = value.sum();
    let session = deeds
        .iter()
        .map(Deed::session)
        .find(|session| !session.is_empty());
    json!({
        "session_id": session,
        "user_id": first.user(),
        "start_time": format!("{}Z", at(first.time)),
        "end_time": format!("{}Z", at(last.time)),
        "duration_seconds": last.time - first.time,
        "page_views": count(What::View),
        "cart_adds": count(What::Add),
        "cart_removes": count(What::Remove),
        "cart_updates": count(What::Update),
        "purchases": count(What::Buy),
        "purchase_completed": count(What::Buy) > 0,
        "abandoned": count(What::Buy) == 0 && !cart.is_empty(),
        "total_amount": money(total),
        "cart_value": value.map(money),
        "products_in_cart": cart.len(),
    })
}
