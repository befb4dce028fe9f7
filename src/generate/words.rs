//! The vocabulary of the shop: departments, their categories, and what stands on the shelves.
//!
//! Brands come from the fakers; these are the words for things, which no faker has. A product
//! is named "brand descriptor noun", so descriptors are single words and no noun stands in
//! two categories: that keeps every name unique without looking.

/// How many pieces a customer takes of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basket {
    /// Nearly always one.
    Single,
    /// One to four.
    Several,
    /// Groceries: one to eight.
    Grocery,
}

/// A group of categories with a common season.
#[derive(Debug)]
pub struct Department {
    /// Its name.
    pub name: &'static str,
    /// How many pieces are bought at a time.
    pub basket: Basket,
    /// Demand per month, January first, in percent of an average month.
    pub season: [u16; 12],
    /// Single words that qualify a product.
    pub descriptors: [&'static str; 12],
    /// Its categories.
    pub categories: [Category; 10],
}

/// A category of products.
#[derive(Debug)]
pub struct Category {
    /// Its name, unique in the shop.
    pub name: &'static str,
    /// The cheapest and the dearest list price, in whole units of the currency.
    pub price: (u32, u32),
    /// What is sold.
    pub nouns: [&'static str; 5],
}

const fn category(name: &'static str, low: u32, high: u32, nouns: [&'static str; 5]) -> Category {
    Category {
        name,
        price: (low, high),
        nouns,
    }
}

/// All departments; a table reads better than what the formatter makes of it.
#[rustfmt::skip]
pub static DEPARTMENTS: [Department; 10] = [
    Department { name: "Food", basket: Basket::Grocery, season: [95, 92, 97, 101, 99, 98, 97, 96, 98, 101, 108, 125], descriptors: ["Organic", "Classic", "Fresh", "Rustic", "Golden", "Crunchy", "Smoked", "Spicy", "Sweet", "Creamy", "Wholegrain", "Artisan"], categories: [
        category("Bakery", 1, 8, ["Sourdough Loaf", "Butter Croissant", "Seeded Bagel", "Cinnamon Roll", "Baguette"]),
        category("Dairy", 1, 9, ["Greek Yoghurt", "Cheddar Block", "Salted Butter", "Oat Drink", "Cottage Cheese"]),
        category("Beverages", 1, 12, ["Orange Juice", "Sparkling Water", "Lemonade", "Iced Tea", "Ginger Ale"]),
        category("Coffee & Tea", 3, 18, ["Espresso Beans", "Ground Coffee", "Green Tea", "Earl Grey", "Hot Chocolate"]),
        category("Snacks", 1, 7, ["Potato Crisps", "Trail Mix", "Popcorn", "Pretzels", "Rice Crackers"]),
        category("Confectionery", 1, 14, ["Dark Chocolate", "Fruit Gums", "Caramel Fudge", "Peppermint Drops", "Nougat Bar"]),
        category("Pantry", 1, 11, ["Tomato Passata", "Olive Oil", "Basmati Rice", "Penne Pasta", "Chickpeas"]),
        category("Frozen Food", 2, 13, ["Margherita Pizza", "Garden Peas", "Vanilla Ice Cream", "Fish Fillets", "Berry Mix"]),
        category("Breakfast", 2, 9, ["Granola", "Porridge Oats", "Strawberry Jam", "Maple Syrup", "Muesli"]),
        category("Wine & Beer", 4, 38, ["Red Wine", "White Wine", "Pale Ale", "Lager", "Dry Cider"]),
    ]},
    Department { name: "Electronics", basket: Basket::Single, season: [92, 88, 92, 90, 92, 93, 95, 101, 97, 99, 128, 133], descriptors: ["Wireless", "Compact", "Smart", "Portable", "Digital", "Slim", "Rugged", "Ultra", "Dual", "Foldable", "Silent", "Rapid"], categories: [
        category("Audio", 19, 320, ["Headphones", "Earbuds", "Soundbar", "Bookshelf Speaker", "Radio"]),
        category("Mobile Phones", 129, 1100, ["Smartphone", "Feature Phone", "Outdoor Phone", "Senior Phone", "Dual-SIM Phone"]),
        category("Computers", 249, 1900, ["Laptop", "Desktop PC", "Mini PC", "Workstation", "Chromebook"]),
        category("Computer Accessories", 9, 150, ["Keyboard", "Mouse", "Webcam", "Docking Station", "USB Hub"]),
        category("Television", 179, 1600, ["LED TV", "OLED TV", "QLED TV", "Projector", "Home Cinema"]),
        category("Cameras", 89, 1400, ["Action Camera", "Mirrorless Camera", "Camera Tripod", "Zoom Lens", "Instant Camera"]),
        category("Gaming", 15, 480, ["Game Console", "Gamepad", "Gaming Headset", "Racing Wheel", "Gaming Chair"]),
        category("Smart Home", 12, 240, ["Light Bulb", "Thermostat", "Doorbell", "Security Camera", "Motion Sensor"]),
        category("Wearables", 29, 430, ["Smartwatch", "Fitness Band", "Heart Monitor", "Sleep Tracker", "GPS Tracker"]),
        category("Chargers & Cables", 5, 70, ["Power Bank", "Wall Charger", "USB Cable", "Charging Pad", "Travel Adapter"]),
    ]},
    Department { name: "Clothing", basket: Basket::Several, season: [86, 84, 96, 102, 104, 99, 95, 97, 106, 108, 112, 118], descriptors: ["Slim", "Relaxed", "Classic", "Striped", "Linen", "Cotton", "Woollen", "Quilted", "Vintage", "Casual", "Tailored", "Stretch"], categories: [
        category("T-Shirts & Tops", 9, 45, ["T-Shirt", "Polo Shirt", "Tank Top", "Longsleeve", "Henley"]),
        category("Jeans & Trousers", 24, 110, ["Jeans", "Chinos", "Joggers", "Cargo Trousers", "Leggings"]),
        category("Jackets & Coats", 45, 240, ["Jacket", "Parka", "Raincoat", "Trench Coat", "Gilet"]),
        category("Knitwear", 25, 120, ["Jumper", "Cardigan", "Pullover", "Turtleneck", "Sweater Vest"]),
        category("Dresses & Skirts", 22, 140, ["Wrap Dress", "Midi Dress", "Pencil Skirt", "Pleated Skirt", "Sundress"]),
        category("Shoes", 29, 180, ["Sneakers", "Ankle Boots", "Loafers", "Sandals", "Derby Shoes"]),
        category("Underwear & Socks", 4, 35, ["Ankle Socks", "Boxer Shorts", "Knee Socks", "Undershirt", "Bralette"]),
        category("Bags & Luggage", 19, 220, ["Backpack", "Weekender", "Tote Bag", "Cabin Suitcase", "Belt Bag"]),
        category("Accessories", 7, 65, ["Scarf", "Leather Belt", "Beanie", "Sunglasses", "Gloves"]),
        category("Kidswear", 8, 55, ["Romper", "Kids Hoodie", "Dungarees", "Pyjamas", "Snowsuit"]),
    ]},
    Department { name: "Home", basket: Basket::Single, season: [97, 93, 97, 100, 100, 97, 94, 96, 101, 104, 112, 114], descriptors: ["Modern", "Nordic", "Oak", "Walnut", "Ceramic", "Velvet", "Minimal", "Rustic", "Folding", "Stackable", "Ivory", "Marble"], categories: [
        category("Kitchen Appliances", 19, 280, ["Coffee Maker", "Blender", "Kettle", "Toaster", "Stand Mixer"]),
        category("Cookware", 12, 160, ["Frying Pan", "Saucepan", "Casserole", "Wok", "Roasting Tin"]),
        category("Tableware", 4, 70, ["Dinner Plate", "Cereal Bowl", "Mug", "Wine Glass", "Cutlery Set"]),
        category("Bedding", 14, 150, ["Duvet Cover", "Pillowcase", "Fitted Sheet", "Bedspread", "Pillow"]),
        category("Bath", 6, 80, ["Bath Towel", "Bath Mat", "Shower Curtain", "Soap Dispenser", "Bathrobe"]),
        category("Lighting", 14, 190, ["Table Lamp", "Floor Lamp", "Pendant Light", "Desk Lamp", "Night Light"]),
        category("Furniture", 49, 780, ["Bookcase", "Coffee Table", "Armchair", "Bar Stool", "Sideboard"]),
        category("Decoration", 5, 90, ["Vase", "Picture Frame", "Wall Mirror", "Scented Candle", "Wall Clock"]),
        category("Cleaning", 3, 45, ["All-Purpose Cleaner", "Mop", "Sponge Set", "Laundry Detergent", "Dustpan"]),
        category("Vacuum & Laundry", 25, 420, ["Vacuum Cleaner", "Steam Iron", "Ironing Board", "Laundry Basket", "Clothes Airer"]),
    ]},
    Department { name: "Garden", basket: Basket::Several, season: [70, 76, 104, 134, 142, 132, 118, 106, 98, 84, 68, 68], descriptors: ["Hardy", "Compact", "Terracotta", "Galvanised", "Folding", "Solar", "Robust", "Cedar", "Lightweight", "Telescopic", "Green", "Steel"], categories: [
        category("Garden Tools", 8, 90, ["Spade", "Garden Rake", "Secateurs", "Hand Trowel", "Hedge Shears"]),
        category("Plants", 3, 45, ["Lavender", "Rose Bush", "Tomato Plant", "Basil Pot", "Hydrangea"]),
        category("Seeds & Bulbs", 1, 14, ["Sunflower Seeds", "Tulip Bulbs", "Lettuce Seeds", "Daffodil Bulbs", "Wildflower Mix"]),
        category("Garden Furniture", 29, 480, ["Deck Chair", "Garden Bench", "Bistro Table", "Sun Lounger", "Parasol"]),
        category("Barbecue", 19, 420, ["Charcoal Grill", "Gas Grill", "Pizza Oven", "Smoker", "Fire Pit"]),
        category("Watering", 6, 80, ["Garden Hose", "Watering Can", "Sprinkler", "Rain Barrel", "Spray Nozzle"]),
        category("Pots & Planters", 4, 75, ["Plant Pot", "Hanging Basket", "Raised Bed", "Window Box", "Trellis"]),
        category("Power Tools", 39, 320, ["Cordless Drill", "Lawn Mower", "Hedge Trimmer", "Chainsaw", "Leaf Blower"]),
        category("Hand Tools", 5, 75, ["Claw Hammer", "Screwdriver Set", "Socket Set", "Spirit Level", "Tape Measure"]),
        category("Paint", 6, 70, ["Wall Paint", "Wood Stain", "Primer", "Paint Roller", "Masking Tape"]),
    ]},
    Department { name: "Sports", basket: Basket::Single, season: [112, 97, 101, 105, 106, 107, 106, 100, 98, 91, 97, 110], descriptors: ["Pro", "Light", "Trail", "Elite", "Training", "Ergonomic", "Breathable", "Carbon", "Flex", "Grip", "Active", "Endurance"], categories: [
        category("Fitness", 9, 220, ["Yoga Mat", "Dumbbells", "Kettlebell", "Resistance Band", "Exercise Bike"]),
        category("Running", 15, 160, ["Running Shoes", "Running Shorts", "Running Vest", "Water Belt", "Headlamp"]),
        category("Cycling", 9, 140, ["Bike Light", "Bike Helmet", "Bike Lock", "Bike Pump", "Cycling Jersey"]),
        category("Football", 9, 90, ["Football", "Shin Guards", "Goalkeeper Gloves", "Football Boots", "Training Bib"]),
        category("Racket Sports", 9, 190, ["Tennis Racket", "Badminton Set", "Table Tennis Bat", "Tennis Balls", "Squash Racket"]),
        category("Basketball", 14, 140, ["Basketball", "Basketball Hoop", "Basketball Shoes", "Wrist Band", "Arm Sleeve"]),
        category("Swimming", 7, 70, ["Swimsuit", "Swim Goggles", "Swim Cap", "Kickboard", "Swim Fins"]),
        category("Outdoor & Camping", 12, 380, ["Two-Person Tent", "Sleeping Bag", "Camping Stove", "Hiking Poles", "Cool Box"]),
        category("Winter Sports", 19, 460, ["Ski Goggles", "Snowboard", "Ski Gloves", "Sledge", "Thermal Base Layer"]),
        category("Team Wear", 9, 75, ["Team Jersey", "Tracksuit", "Sports Socks", "Gym Bag", "Headband"]),
    ]},
    Department { name: "Toys", basket: Basket::Several, season: [82, 80, 88, 93, 91, 90, 92, 92, 92, 96, 135, 169], descriptors: ["Wooden", "Musical", "Magnetic", "Educational", "Colourful", "Plush", "Giant", "Mini", "Classic", "Magic", "Junior", "Wobbly"], categories: [
        category("Building Toys", 9, 120, ["Brick Set", "Marble Run", "Train Set", "Castle Kit", "Robot Kit"]),
        category("Board Games", 9, 60, ["Strategy Game", "Family Game", "Card Game", "Quiz Game", "Dice Game"]),
        category("Puzzles", 6, 40, ["Jigsaw Puzzle", "Brain Teaser", "Puzzle Cube", "Floor Puzzle", "Puzzle Ball"]),
        category("Dolls", 9, 75, ["Fashion Doll", "Baby Doll", "Doll House", "Doll Pram", "Puppet"]),
        category("Soft Toys", 6, 50, ["Teddy Bear", "Bunny", "Elephant", "Penguin", "Unicorn"]),
        category("Vehicles", 5, 90, ["Race Car", "Fire Engine", "Tractor", "Remote Control Car", "Helicopter"]),
        category("Crafts", 4, 45, ["Modelling Clay", "Bead Set", "Colouring Set", "Sticker Album", "Loom Kit"]),
        category("Outdoor Play", 7, 180, ["Scooter", "Kite", "Sand Pit", "Trampoline", "Bubble Machine"]),
        category("Baby Toys", 5, 45, ["Rattle", "Stacking Rings", "Activity Gym", "Teether", "Shape Sorter"]),
        category("Costumes", 12, 60, ["Pirate Costume", "Princess Costume", "Superhero Costume", "Face Paint", "Wizard Hat"]),
    ]},
    Department { name: "Beauty", basket: Basket::Several, season: [95, 97, 97, 98, 100, 99, 97, 96, 98, 100, 110, 113], descriptors: ["Gentle", "Hydrating", "Natural", "Nourishing", "Radiant", "Soothing", "Velvet", "Pure", "Intensive", "Mineral", "Botanical", "Silky"], categories: [
        category("Skin Care", 5, 65, ["Day Cream", "Face Serum", "Cleansing Foam", "Night Cream", "Sun Lotion"]),
        category("Hair Care", 3, 35, ["Shampoo", "Conditioner", "Hair Mask", "Hair Oil", "Dry Shampoo"]),
        category("Make-Up", 4, 48, ["Lipstick", "Mascara", "Foundation", "Eyeliner", "Blush"]),
        category("Fragrance", 18, 130, ["Eau de Parfum", "Eau de Toilette", "Cologne", "Body Mist", "Scent Set"]),
        category("Oral Care", 2, 95, ["Toothpaste", "Toothbrush", "Mouthwash", "Dental Floss", "Electric Toothbrush"]),
        category("Shaving", 4, 140, ["Shaving Foam", "Safety Razor", "Aftershave", "Beard Oil", "Electric Shaver"]),
        category("Bath & Body", 3, 28, ["Shower Gel", "Body Lotion", "Bath Salts", "Hand Soap", "Body Scrub"]),
        category("Nails", 3, 30, ["Nail Polish", "Nail File", "Cuticle Oil", "Top Coat", "Nail Clippers"]),
        category("Vitamins", 5, 45, ["Vitamin C", "Magnesium", "Multivitamin", "Omega Capsules", "Zinc Tablets"]),
        category("First Aid", 2, 35, ["Plasters", "Bandage Roll", "Antiseptic Spray", "Thermometer", "Cold Pack"]),
    ]},
    Department { name: "Books & Office", basket: Basket::Several, season: [101, 96, 93, 91, 91, 90, 92, 110, 115, 101, 106, 114], descriptors: ["Illustrated", "Complete", "Essential", "Pocket", "Annual", "Modern", "Secret", "Lost", "Little", "New", "Premium", "Recycled"], categories: [
        category("Fiction", 7, 28, ["Crime Novel", "Love Story", "Historical Novel", "Short Stories", "Thriller"]),
        category("Non-Fiction", 9, 38, ["Biography", "Travel Guide", "History of Cities", "Popular Science", "Memoir"]),
        category("Children's Books", 5, 22, ["Picture Book", "Bedtime Stories", "Pop-Up Book", "Fairy Tales", "Animal Atlas"]),
        category("Cookbooks", 12, 42, ["Baking Book", "Vegetarian Cookbook", "Family Recipes", "Street Food Guide", "Soup Book"]),
        category("Textbooks", 18, 95, ["Mathematics Textbook", "Chemistry Textbook", "French Course", "Grammar Trainer", "Economics Reader"]),
        category("Comics", 5, 30, ["Comic Album", "Manga Volume", "Graphic Novel", "Comic Strip Collection", "Cartoon Annual"]),
        category("Magazines", 3, 12, ["Fashion Magazine", "Science Magazine", "Garden Magazine", "Motor Magazine", "Music Magazine"]),
        category("Stationery", 1, 24, ["Notebook", "Ballpoint Pen", "Highlighter Set", "Desk Diary", "Greeting Card"]),
        category("Office Supplies", 3, 60, ["Copy Paper", "Ring Binder", "Stapler", "Desk Organiser", "Printer Ink"]),
        category("Art Supplies", 4, 70, ["Watercolour Set", "Sketchbook", "Acrylic Paint", "Brush Set", "Easel"]),
    ]},
    Department { name: "Family & Auto", basket: Basket::Several, season: [98, 96, 99, 101, 101, 101, 100, 99, 100, 101, 102, 102], descriptors: ["Universal", "Soft", "Durable", "Everyday", "Comfort", "Premium", "Secure", "Handy", "Reliable", "Original", "Easy", "Sturdy"], categories: [
        category("Dog Supplies", 3, 70, ["Dog Food", "Dog Leash", "Chew Bone", "Dog Bed", "Dog Bowl"]),
        category("Cat Supplies", 2, 90, ["Cat Food", "Cat Litter", "Scratching Post", "Cat Toy", "Cat Flap"]),
        category("Small Pets", 2, 80, ["Hamster Cage", "Bird Seed", "Rabbit Hay", "Fish Flakes", "Aquarium Filter"]),
        category("Baby Care", 3, 45, ["Nappies", "Baby Wipes", "Baby Lotion", "Baby Bottle", "Changing Mat"]),
        category("Baby Gear", 19, 460, ["Pushchair", "Car Seat", "Baby Carrier", "High Chair", "Travel Cot"]),
        category("Car Care", 4, 60, ["Car Shampoo", "Wax Polish", "Windscreen Cleaner", "Microfibre Cloth", "Tyre Shine"]),
        category("Car Parts", 6, 180, ["Wiper Blade", "Engine Oil", "Car Battery", "Brake Pads", "Air Filter"]),
        category("Car Accessories", 7, 120, ["Floor Mats", "Boot Organiser", "Dash Camera", "Sunshade", "Jump Starter"]),
        category("Travel", 5, 90, ["Neck Pillow", "Packing Cubes", "Luggage Scale", "Travel Wallet", "Toiletry Bag"]),
        category("Party", 2, 30, ["Balloon Set", "Paper Plates", "Birthday Candles", "Garland", "Gift Wrap"]),
    ]},
];
