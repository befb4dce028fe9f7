//! The classic profile: byte for byte the files of the system that `retail` replaces.
//!
//! The original was a Python script. Its random numbers and its roundings are emulated, which
//! makes this the one place where money is a float: prices are drawn as floats, rounded as
//! Python rounds, and are whole cents from then on.

use rand_mt::Mt;

use super::calendar::Day;
use super::row::{Row, Rows};

/// Name, cheapest and dearest price of the products.
const PRODUCTS: [(&str, f64, f64); 15] = [
    ("Masala Dosa", 80.0, 140.0),
    ("Paneer Tikka Wrap", 120.0, 180.0),
    ("Vegetable Biryani", 150.0, 220.0),
    ("Idli Sambar Combo", 60.0, 110.0),
    ("Chole Bhature", 90.0, 150.0),
    ("Pav Bhaji", 80.0, 130.0),
    ("Vegetable Pulao", 110.0, 170.0),
    ("Paneer Butter Masala", 180.0, 260.0),
    ("Mango Lassi", 70.0, 120.0),
    ("Filter Coffee", 40.0, 80.0),
    ("Masala Chai", 25.0, 60.0),
    ("Gulab Jamun Pack", 90.0, 140.0),
    ("Vegetable Sandwich", 50.0, 90.0),
    ("Ragi Millet Bowl", 130.0, 190.0),
    ("Pani Puri Kit", 60.0, 110.0),
];
/// Code and label of the stores.
#[rustfmt::skip]
const STORES: [(&str, &str); 30] = [
    ("BLR-01", "Bengaluru - Indiranagar"), ("BLR-02", "Bengaluru - Koramangala"),
    ("DEL-01", "Delhi - Connaught Place"), ("DEL-02", "Delhi - Saket"),
    ("MUM-01", "Mumbai - Bandra"), ("MUM-02", "Mumbai - Powai"),
    ("CHE-01", "Chennai - T Nagar"), ("CHE-02", "Chennai - Velachery"),
    ("HYD-01", "Hyderabad - Banjara Hills"), ("HYD-02", "Hyderabad - Gachibowli"),
    ("KOL-01", "Kolkata - Park Street"), ("KOL-02", "Kolkata - Salt Lake"),
    ("PUN-01", "Pune - Hinjewadi"), ("PUN-02", "Pune - Kalyani Nagar"),
    ("AHM-01", "Ahmedabad - Vastrapur"), ("AHM-02", "Ahmedabad - Prahlad Nagar"),
    ("JAI-01", "Jaipur - C Scheme"), ("JAI-02", "Jaipur - Malviya Nagar"),
    ("LKO-01", "Lucknow - Hazratganj"), ("LKO-02", "Lucknow - Gomti Nagar"),
    ("CHD-01", "Chandigarh - Sector 17"), ("CHD-02", "Chandigarh - Elante"),
    ("KOCHI-01", "Kochi - Marine Drive"), ("KOCHI-02", "Kochi - Kakkanad"),
    ("SUR-01", "Surat - Adajan"), ("SUR-02", "Surat - Vesu"),
    ("IND-01", "Indore - Vijay Nagar"), ("IND-02", "Indore - Old Palasia"),
    ("GOA-01", "Goa - Panaji"), ("GOA-02", "Goa - Margao"),
];
const DISCOUNTS: [f64; 5] = [1.0, 1.0, 1.0, 0.9, 0.95];

/// How many products the classic catalogue has.
pub const PRODUCT_COUNT: usize = PRODUCTS.len();

/// The name of a product of the classic catalogue.
pub fn product_name(index: u32) -> &'static str {
    PRODUCTS[index as usize].0
}

/// The random numbers of CPython's `random` module.
struct Python(Mt);

impl Python {
    /// `random.seed(seed)`: the key is the number's 32-bit words, the lowest first.
    fn new(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let words = if high == 0 {
            vec![low]
        } else {
            vec![low, high]
        };
        Self(Mt::new_with_key(words))
    }

    /// `randrange(n)`: as many top bits as `n` has, drawn again until they are below it.
    fn below(&mut self, n: u32) -> u32 {
        let shift = n.leading_zeros();
        loop {
            let bits = self.0.next_u32() >> shift;
            if bits < n {
                return bits;
            }
        }
    }

    /// `random()`: 53 bits of two words.
    fn random(&mut self) -> f64 {
        let (a, b) = (self.0.next_u32() >> 5, self.0.next_u32() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }
}

/// `round(value, 2)` in cents: of the exact binary value, ties to even.
fn cents(value: f64) -> u32 {
    let bits = value.to_bits();
    // Prices are normal, positive and below 2^20, so the exponent is small enough to shift.
    let mantissa = u128::from((bits & ((1 << 52) - 1)) | (1 << 52)) * 100;
    let shift = (1075 - (bits >> 52)).min(120);
    let (whole, rest) = (mantissa >> shift, mantissa & ((1 << shift) - 1));
    let half = 1u128 << (shift - 1);
    let up = rest > half || (rest == half && whole % 2 == 1);
    (whole + u128::from(up)) as u32
}

/// The one stream of rows that runs through all days.
pub struct Classic {
    random: Python,
}

#[derive(Debug, Clone, Copy)]
struct Drawn {
    product: u8,
    quantity: u8,
    store: u8,
    unit_price: u32,
}

/// Some rows of a day.
#[derive(Debug)]
pub struct ClassicRows {
    day: Day,
    first: u32,
    drawn: Vec<Drawn>,
}

impl Classic {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Python::new(seed),
        }
    }

    /// Draws the next `count` rows; they are numbered from `first` within `day`.
    pub fn draw(&mut self, day: Day, first: u32, count: u32) -> ClassicRows {
        ClassicRows {
            day,
            first,
            drawn: (0..count).map(|_| self.next()).collect(),
        }
    }

    fn next(&mut self) -> Drawn {
        let random = &mut self.random;
        let product = random.below(PRODUCTS.len() as u32);
        let quantity = 1 + random.below(5);
        let (_, low, high) = PRODUCTS[product as usize];
        let price = cents(low + (high - low) * random.random());
        let discount = DISCOUNTS[random.below(5) as usize];
        let unit_price = cents(f64::from(price) / 100.0 * discount);
        Drawn {
            product: product as u8,
            quantity: quantity as u8,
            store: random.below(STORES.len() as u32) as u8,
            unit_price,
        }
    }
}

impl ClassicRows {
    /// The day of the rows.
    pub fn day(&self) -> &Day {
        &self.day
    }
}

impl Rows for ClassicRows {
    fn row(&self, seq: u32) -> Row<'_> {
        let drawn = self.drawn[(seq - self.first) as usize];
        let (store_id, store_city) = STORES[usize::from(drawn.store)];
        Row {
            day: &self.day,
            seq,
            store_id,
            store_city,
            product: product_name(u32::from(drawn.product)),
            product_index: u32::from(drawn.product),
            quantity: u32::from(drawn.quantity),
            unit_price: drawn.unit_price,
            more: None,
        }
    }

    /// Midnight: the classic profile has dates only.
    fn second(&self, _seq: u32) -> u32 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_of_the_binary_value_with_ties_to_even() {
        assert_eq!(cents(0.125), 12);
        assert_eq!(cents(0.375), 38);
        assert_eq!(cents(106.875), 10_688);
        // 2.675 is a little less in binary.
        assert_eq!(cents(2.675), 267);
        assert_eq!(cents(140.0), 14_000);
        assert_eq!(cents(79.999), 8_000);
    }

    #[test]
    fn random_numbers_are_those_of_python() {
        // From CPython: random.seed(2024); [random.randrange(15) for _ in range(5)] and
        // random.seed(2**40 + 5); random.random().
        let mut random = Python::new(2024);
        assert_eq!([(); 5].map(|()| random.below(15)), [7, 2, 11, 9, 4]);
        assert_eq!(Python::new((1 << 40) + 5).random(), 0.5043802970418443);
    }
}
