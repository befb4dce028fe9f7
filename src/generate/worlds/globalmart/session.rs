//! One session of the online shop, from event to event.

use super::super::super::rng::{Key, below, high, low};
use super::super::text::micros_below;
use super::block::{End, Spec};
use super::shop::Shop;
use crate::record::time::SECOND;

/// No session is longer.
pub const LONGEST: i64 = 30 * 60 * SECOND;
/// The most lines of a cart or a transaction.
pub const LINES: usize = 5;
/// A transaction that is no anomaly comes to at most this, in cents.
const MOST: u32 = 490_000;
/// What is kept free for each further line: the dearest book fits.
const RESERVE: u32 = 6_000;
/// What a transaction of high value exceeds.
pub const HIGH_VALUE: u32 = 500_000;
/// What an unusual quantity exceeds.
pub const UNUSUAL: u32 = 10;

/// Pieces of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    /// The product's number.
    pub product: u32,
    /// Pieces; 0 of a product that was taken out of the cart.
    pub quantity: u32,
}

/// What is done to a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A product is put in.
    Add,
    /// Its quantity is set.
    Update,
    /// It is taken out.
    Remove,
}

/// An event of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A product is looked at for so many seconds.
    View(u32, u32),
    /// The cart changes at one of [`Session::lines`].
    Cart(Change, usize),
    /// All lines with a quantity are bought.
    Buy,
}

/// A session under way.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its number.
    pub number: i64,
    /// Whose it is.
    pub user: u32,
    /// When its next event happens.
    pub due: i64,
    /// Events so far.
    pub events: u32,
    /// What it is for, and what is left to do.
    pub left: Spec,
    /// What the output shows of it.
    pub shown: Shown,
    lines: [Line; LINES],
    len: u8,
    /// The product looked at last, if nothing was done with it yet.
    viewed: Option<u32>,
    deadline: i64,
    key: Key,
    draws: u64,
}

/// What of a session stands in the output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    /// The time of its last event.
    pub last: Option<i64>,
    /// Whether there are cart events.
    pub cart: bool,
    /// The lines whose last cart event left them in the cart, one bit each.
    pub in_cart: u8,
    /// Transactions.
    pub bought: u32,
}

impl Session {
    /// Session `number` that begins at `due`.
    pub fn new(key: Key, number: i64, user: u32, due: i64, spec: Spec) -> Self {
        Self {
            number,
            user,
            due,
            events: 0,
            left: spec,
            shown: Shown::default(),
            lines: [Line::default(); LINES],
            len: 0,
            viewed: None,
            deadline: due + LONGEST,
            key: key.of(number as u64),
            draws: 0,
        }
    }

    /// The lines of the cart, or of the transaction that was just made.
    pub fn lines(&self) -> &[Line] {
        &self.lines[..usize::from(self.len)]
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.left.views == 0
            && self.left.carts == 0
            && self.left.direct == 0
            && self.left.end != End::Purchase
    }

    /// What happens at [`Session::due`]; that moves on to the next event, if there is one.
    #[inline]
    pub fn step(&mut self, shop: &Shop) -> Action {
        self.events += 1;
        let mut action = match self.left.end {
            End::Browse => self.view(shop),
            End::Direct | End::HighValue | End::Unusual => {
                let ready = self.viewed.is_some() && self.coin(5);
                match self.left.direct > 0 && (self.left.views == 0 || ready) {
                    true => self.buy(shop),
                    false => self.view(shop),
                }
            }
            End::Burst if self.left.views > 0 => self.view(shop),
            End::Burst => self.buy(shop),
            End::Purchase | End::Abandon | End::Empty => {
                let ready = self.viewed.is_some() && self.coin(6);
                match (self.left.carts > 0, self.left.views > 0) {
                    (true, false) => self.change(shop),
                    (true, true) if ready => self.change(shop),
                    (_, true) => self.view(shop),
                    (false, false) => self.buy_cart(),
                }
            }
        };
        let pause = self.pause();
        if let Action::View(_, seconds) = &mut action {
            *seconds = ((pause / SECOND) as u32).clamp(5, 300);
        }
        self.due += pause;
        action
    }

    fn word(&mut self) -> u64 {
        self.draws += 1;
        self.key.word(self.draws)
    }

    /// True so many times of ten.
    fn coin(&mut self, of_ten: u32) -> bool {
        below(high(self.word()), 10) < of_ten
    }

    /// Seconds mostly, minutes sometimes, and never so much that the session would be too long.
    fn pause(&mut self) -> i64 {
        let word = self.word();
        let (from, to) = match below(low(word), 100) {
            _ if self.left.end == End::Burst => (2, 7),
            0..70 => (4, 40),
            70..95 => (40, 180),
            95..99 => (180, 600),
            _ => (600, 840),
        };
        let pause = from * SECOND + micros_below(word, (to - from) * SECOND);
        let left = i64::from(self.left.views + self.left.carts + self.left.direct) + 1;
        pause.min(((self.deadline - self.due) / left).max(2 * SECOND))
    }

    fn view(&mut self, shop: &Shop) -> Action {
        self.left.views -= 1;
        let product = shop.pick(self.word());
        self.viewed = Some(product);
        Action::View(product, 0)
    }

    /// A transaction without a cart.
    fn buy(&mut self, shop: &Shop) -> Action {
        self.left.direct -= 1;
        self.len = 0;
        match self.left.end {
            End::HighValue => self.dear(shop),
            End::Unusual => self.many(shop),
            End::Burst => self.put(shop, 1),
            _ => {
                let lines = match below(high(self.word()), 100) {
                    0..60 => 1,
                    60..80 => 2,
                    80..90 => 3,
                    90..96 => 4,
                    _ => 5,
                };
                for _ in 0..lines {
                    let quantity = 1 + below(high(self.word()), 3);
                    self.put(shop, quantity);
                }
            }
        }
        Action::Buy
    }

    fn buy_cart(&mut self) -> Action {
        self.left.end = End::Browse;
        Action::Buy
    }

    /// Adds a line of about this quantity, of a product that is not there yet.
    fn put(&mut self, shop: &Shop, quantity: u32) {
        let len = usize::from(self.len);
        let room = self.room(shop, len + 1);
        let mut product = self.viewed.take().unwrap_or(u32::MAX);
        let mut quantity = quantity;
        for attempt in 0.. {
            let known = product == u32::MAX || self.lines().iter().any(|l| l.product == product);
            if !known {
                let price = shop.price(product);
                if price * quantity <= room {
                    break;
                }
                if price <= room {
                    quantity = 1;
                    break;
                }
            }
            product = match attempt {
                0..3 => shop.pick(self.word()),
                // One product in ten is a book, and fits.
                _ => shop.after(product),
            };
        }
        self.lines[len] = Line { product, quantity };
        self.len += 1;
    }

    /// What may still be spent, when `lines` are taken up by then.
    fn room(&self, shop: &Shop, lines: usize) -> u32 {
        let spent: u32 = self
            .lines()
            .iter()
            .map(|line| line.quantity * shop.price(line.product))
            .sum();
        MOST - spent - RESERVE * (LINES - lines) as u32
    }

    /// One line of more than 5000.00: of electronics, and at most 10 pieces.
    fn dear(&mut self, shop: &Shop) {
        let start = shop.pick(self.word());
        let mut product = start;
        while shop.category(product) != 0 || shop.price(product) < 80_000 {
            product = shop.after(product);
        }
        let quantity = HIGH_VALUE / shop.price(product) + 1;
        self.lines[0] = Line { product, quantity };
        self.len = 1;
        self.viewed = None;
    }

    /// One line of more than 10 pieces that is not of high value.
    fn many(&mut self, shop: &Shop) {
        let mut product = self.viewed.take().unwrap_or(0);
        while shop.price(product) > 10_000 {
            product = shop.after(product);
        }
        let quantity = UNUSUAL + 1 + below(high(self.word()), 30);
        self.lines[0] = Line { product, quantity };
        self.len = 1;
    }

    fn change(&mut self, shop: &Shop) -> Action {
        let held = self.lines().iter().filter(|line| line.quantity > 0).count();
        let left = usize::from(self.left.carts);
        self.left.carts -= 1;
        let full = usize::from(self.len) == LINES;
        let chance = below(high(self.word()), 10);
        let change = match (self.left.end, held) {
            // Only a cart that was never filled is empty here.
            (_, 0) => Change::Add,
            (End::Empty, _) if left <= held => Change::Remove,
            (End::Empty, _) if left >= held + 2 && !full && chance < 5 => Change::Add,
            (End::Empty, _) => Change::Update,
            (_, 1) if chance < 7 && !full => Change::Add,
            (_, 1) => Change::Update,
            _ if chance < 2 && !full => Change::Add,
            _ if chance < 4 => Change::Update,
            _ => Change::Remove,
        };
        if change == Change::Add {
            let quantity = 1 + below(high(self.word()), 3);
            self.put(shop, quantity);
            return Action::Cart(change, usize::from(self.len) - 1);
        }
        let nth = below(high(self.word()), held as u32) as usize;
        let lines = self.lines().iter().enumerate();
        let mut lines = lines.filter(|(_, line)| line.quantity > 0);
        let at = lines.nth(nth).map_or(0, |(at, _)| at);
        self.lines[at].quantity = match change {
            Change::Remove => 0,
            _ => self.other_quantity(shop, at),
        };
        Action::Cart(change, at)
    }

    /// Another quantity of a line, 1 to 5, that can be paid.
    fn other_quantity(&mut self, shop: &Shop, at: usize) -> u32 {
        let Line { product, quantity } = self.lines[at];
        let price = shop.price(product);
        let room = self.room(shop, usize::from(self.len)) + quantity * price;
        let most = (room / price).clamp(1, 5);
        let other = 1 + below(high(self.word()), most);
        match other == quantity {
            true if quantity < most => quantity + 1,
            true => (quantity - 1).max(1),
            false => other,
        }
    }
}
