//! The pages of the analyses, and the analysis that each shows.

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Segments of customers.
    Customers,
    /// The last 30 days of products.
    Products,
    /// Revenue by day, week and month.
    Trends,
    /// Stores beside each other.
    Stores,
    /// What comes back.
    Returns,
}

impl Topic {
    /// All of them, as the pages name each other.
    pub const ALL: [Self; 5] = [
        Self::Customers,
        Self::Products,
        Self::Trends,
        Self::Stores,
        Self::Returns,
    ];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Products => "products",
            Self::Trends => "trends",
            Self::Stores => "stores",
            Self::Returns => "returns",
        }
    }

    /// The topic of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// What an answer at this address is about, if it is about results of an analysis.
    pub fn of_path(path: &str) -> Option<Self> {
        if let Some(name) = path.strip_prefix("/api/analyses/") {
            return Self::named(name);
        }
        match path.strip_prefix("/api/v1/")? {
            "customers/segments" | "customers/segments/distribution" => Some(Self::Customers),
            "products/top-performers" => Some(Self::Products),
            "trends/sales" => Some(Self::Trends),
            _ => None,
        }
    }
}
