//! List prices of things that cost far less or far more than their category at large.
//!
//! A lamp for the night is no floor lamp and a mouse no docking station: where the range of a
//! category would be silly for a noun, the noun's own stands here.

use super::words::Category;

/// A noun, its cheapest and its dearest list price, in whole units of the currency.
type Range = (&'static str, u32, u32);

/// The exceptions, by department; a table reads better than what the formatter makes of it.
#[rustfmt::skip]
static RANGES: &[Range] = &[
    // Food
    ("Baguette", 1, 3), ("Butter Croissant", 1, 4), ("Sparkling Water", 1, 3), ("Olive Oil", 5, 18),
    // Electronics
    ("Earbuds", 15, 220), ("Soundbar", 79, 490), ("Radio", 15, 140),
    ("Feature Phone", 25, 79), ("Senior Phone", 35, 119),
    ("Workstation", 799, 2600), ("Mini PC", 169, 699), ("Chromebook", 189, 499),
    ("Mouse", 8, 79), ("USB Hub", 9, 59), ("Docking Station", 49, 219),
    ("OLED TV", 699, 2300), ("LED TV", 139, 699), ("Home Cinema", 149, 899),
    ("Mirrorless Camera", 399, 1900), ("Camera Tripod", 15, 179), ("Instant Camera", 65, 189),
    ("Game Console", 199, 549), ("Gamepad", 19, 79), ("Racing Wheel", 69, 399), ("Gaming Chair", 99, 449),
    ("Light Bulb", 6, 39), ("Motion Sensor", 12, 49), ("Fitness Band", 19, 99), ("USB Cable", 4, 24),
    // Clothing
    ("Cabin Suitcase", 45, 229), ("Belt Bag", 12, 49), ("Beanie", 7, 29), ("Snowsuit", 29, 99),
    // Home
    ("Stand Mixer", 99, 599), ("Kettle", 15, 89), ("Toaster", 15, 99),
    ("Mug", 3, 16), ("Cereal Bowl", 3, 18), ("Cutlery Set", 15, 129), ("Pillowcase", 5, 35),
    ("Soap Dispenser", 5, 29), ("Night Light", 5, 25), ("Floor Lamp", 35, 249),
    ("Bar Stool", 35, 189), ("Coffee Table", 45, 349), ("Armchair", 129, 899), ("Scented Candle", 4, 35),
    ("All-Purpose Cleaner", 2, 8), ("Sponge Set", 2, 7), ("Dustpan", 3, 15),
    ("Vacuum Cleaner", 69, 520), ("Laundry Basket", 9, 49), ("Ironing Board", 19, 119),
    // Garden
    ("Basil Pot", 2, 6), ("Tomato Plant", 2, 8), ("Gas Grill", 149, 890), ("Fire Pit", 29, 189),
    ("Rain Barrel", 29, 139), ("Spray Nozzle", 4, 22), ("Raised Bed", 29, 159), ("Lawn Mower", 99, 590),
    ("Socket Set", 19, 149), ("Masking Tape", 2, 9), ("Paint Roller", 4, 19),
    // Sports
    ("Exercise Bike", 149, 790), ("Resistance Band", 5, 25), ("Running Shoes", 45, 179), ("Water Belt", 9, 39),
    ("Training Bib", 4, 14), ("Tennis Balls", 4, 16), ("Basketball Hoop", 29, 390), ("Wrist Band", 4, 12),
    ("Two-Person Tent", 49, 480), ("Hiking Poles", 19, 129), ("Snowboard", 149, 590), ("Ski Gloves", 19, 89),
    // Toys
    ("Doll House", 29, 159), ("Trampoline", 89, 480), ("Kite", 7, 39), ("Bubble Machine", 9, 35),
    ("Face Paint", 4, 15), ("Wizard Hat", 6, 19),
    // Beauty
    ("Electric Toothbrush", 19, 189), ("Toothpaste", 1, 7), ("Toothbrush", 2, 8), ("Mouthwash", 3, 9),
    ("Dental Floss", 2, 7), ("Electric Shaver", 39, 289), ("Shaving Foam", 2, 8), ("Plasters", 2, 9),
    // Books and office
    ("Printer Ink", 12, 69), ("Copy Paper", 4, 12), ("Greeting Card", 1, 6), ("Easel", 15, 99),
    // Family and car
    ("Scratching Post", 15, 129), ("Cat Litter", 4, 19), ("Cat Toy", 2, 13), ("Dog Bed", 15, 119),
    ("Hamster Cage", 29, 119), ("Pushchair", 119, 790), ("Car Seat", 69, 420), ("Car Battery", 49, 219), ("Wiper Blade", 6, 35),
    ("Air Filter", 6, 39), ("Dash Camera", 39, 229), ("Sunshade", 6, 25),
];

/// The range of list prices of a category's noun, in whole units of the currency.
pub fn range(category: &Category, noun: &str) -> (u32, u32) {
    let own = RANGES.iter().find(|(name, ..)| *name == noun);
    own.map_or(category.price, |&(_, low, high)| (low, high))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::words::DEPARTMENTS;
    use super::*;

    #[test]
    fn every_exception_names_one_noun_and_differs() {
        let categories = DEPARTMENTS.iter().flat_map(|d| &d.categories);
        let nouns = categories.flat_map(|c| c.nouns.map(|noun| (noun, c)));
        let mut names: HashSet<&str> = RANGES.iter().map(|&(name, ..)| name).collect();
        assert_eq!(names.len(), RANGES.len());
        for (noun, category) in nouns {
            let (low, high) = range(category, noun);
            assert!((1..high).contains(&low), "{noun}");
            if names.remove(noun) {
                assert_ne!((low, high), category.price, "{noun}");
            }
        }
        assert!(names.is_empty(), "{names:?}");
    }
}
