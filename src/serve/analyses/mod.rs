//! What the analyses of batch found, as pages and for the API.
//!
//! Each analysis is of the run that computed it, which need not be that of the totals: batch may
//! have run again without it. Then its figures stay, and say whose they are. Of each as much is kept
//! as pages and answers need, whatever the number of customers and products; rows of customers are
//! looked up in the file, which stays open.

pub mod best;
pub mod customers;
pub mod products;
pub mod results;
pub mod returns;
pub mod routes;
pub mod source;
pub mod stores;
pub mod topic;
pub mod trends;

use std::path::Path;
use std::sync::Arc;

use axum::http::Extensions;

pub use source::{Digest, Found, Outcome};
pub use topic::Topic;

use self::customers::Customers;
use self::products::Products;
use self::returns::Returns;
use self::source::Folder;
use self::stores::Stores;
use self::trends::Trends;
use crate::error::Result;
use crate::serve::watched::Watched;

/// Which results: their generation in this process, and what they are on any machine.
type Which = (u64, Option<String>);

/// The results of the analyses that are shown.
pub struct Analyses {
    customers: Arc<Watched<Folder<Customers>>>,
    products: Arc<Watched<Folder<Products>>>,
    trends: Arc<Watched<Folder<Trends>>>,
    stores: Arc<Watched<Folder<Stores>>>,
    returns: Arc<Watched<Folder<Returns>>>,
}

impl Analyses {
    /// Those below batch's `output`, not read yet.
    pub fn new(output: &Path) -> Self {
        Self {
            customers: Watched::new(Folder::below(output)),
            products: Watched::new(Folder::below(output)),
            trends: Watched::new(Folder::below(output)),
            stores: Watched::new(Folder::below(output)),
            returns: Watched::new(Folder::below(output)),
        }
    }

    /// Gives a request the results that it is about, and tells their generation and, on any
    /// machine, their identity.
    ///
    /// # Errors
    /// When reading them panics.
    pub async fn attach(&self, topic: Topic, to: &mut Extensions) -> Result<Which> {
        match topic {
            Topic::Customers => attach(&self.customers, to).await,
            Topic::Products => attach(&self.products, to).await,
            Topic::Trends => attach(&self.trends, to).await,
            Topic::Stores => attach(&self.stores, to).await,
            Topic::Returns => attach(&self.returns, to).await,
        }
    }
}

async fn attach<D: Digest>(
    watched: &Arc<Watched<Folder<D>>>,
    to: &mut Extensions,
) -> Result<Which> {
    let shown = watched.current().await?;
    let which = (shown.generation, shown.there().map(Found::identity));
    to.insert(shown);
    Ok(which)
}
