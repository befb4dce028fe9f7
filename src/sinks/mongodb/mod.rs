//! MongoDB: rows under ids of our own, so that one that is sent twice is one document.
//!
//! A table that replaces another is written beside it and takes its place by a rename. What a
//! collection looks like stands in `retail_tables`, and how many rows of which run it has in
//! `retail_outputs`, which is written behind the rows.

mod rows;
mod switch;
mod trouble;

use std::time::Duration;

use arrow::array::RecordBatch;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{ClientOptions, Credential, IndexOptions, TlsOptions};
use mongodb::results::CollectionType;
use mongodb::{Client, Collection, Database, IndexModel};

use super::address::{Address, Tls, joined};
use super::client::{CONNECT, wait};
use super::{Column, Kind, OUTPUTS, OWNER, Shape, Sink, Standing, Tables};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::store::new_run_id;
use rows::insert_rows;
use switch::{Switch, clear, loading};
use trouble::{text_of, told};

/// The collection of what tables look like.
const TABLES: &str = "retail_tables";

/// A database of MongoDB.
pub struct MongoDb {
    address: Address,
    client: Option<Client>,
    /// Under which it has last loaded and switched collections, and nobody else does.
    holder: String,
}

/// A collection of this name is there already.
const EXISTS: i32 = 48;

type Done<T> = std::result::Result<T, mongodb::error::Error>;

impl MongoDb {
    /// The database at an address; it is not asked yet.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            client: None,
            holder: new_run_id(),
        }
    }

    async fn client(&self) -> Result<Client> {
        let address = &self.address;
        let place = address.to_string();
        // Names of services have no port.
        let hosts =
            address
                .hosts
                .iter()
                .map(|(host, port)| match address.scheme == "mongodb+srv" {
                    true => host.clone(),
                    false => joined(host, *port),
                });
        let hosts: Vec<_> = hosts.collect();
        let options = address.options.iter();
        let options = options.filter(|(name, _)| *name != "authSource");
        let options: Vec<_> = options
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = format!(
            "{}://{}/?{}",
            address.scheme,
            hosts.join(","),
            options.join("&")
        );
        let wrong = |e: mongodb::error::Error| Error::Usage(format!("{place}: {}", text_of(&e)));
        let mut options = ClientOptions::parse(text).await.map_err(wrong)?;
        options.app_name = Some("retail".to_owned());
        options.connect_timeout = Some(CONNECT);
        options.server_selection_timeout = Some(CONNECT);
        options.heartbeat_freq.get_or_insert(Duration::from_secs(2));
        if !address.user.is_empty() {
            let source = address.options.get("authSource").cloned();
            options.credential = Some(
                Credential::builder()
                    .username(address.user.clone())
                    .password(address.password.clone())
                    .source(source)
                    .build(),
            );
        }
        if address.tls != Tls::Off {
            let loose = address.tls == Tls::Require && address.ca.is_none();
            options.tls = Some(
                TlsOptions::builder()
                    .allow_invalid_certificates(loose)
                    .ca_file_path(address.ca.clone())
                    .build()
                    .into(),
            );
        }
        Client::with_options(options).map_err(wrong)
    }

    /// Runs `work` on the database.
    fn with<T>(
        &mut self,
        stop: &Stop,
        work: impl AsyncFnOnce(&Database) -> Result<T>,
    ) -> Result<T> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => {
                let client = wait(stop, self.client())?;
                self.client.insert(client).clone()
            }
        };
        let database = client.database(&self.address.database);
        wait(stop, work(&database))
    }

    fn failed(&self) -> impl Fn(mongodb::error::Error) -> Error + use<> {
        let place = self.address.to_string();
        move |e| told(&place, &e)
    }
}

async fn index(collection: &Collection<Document>, shape: &Shape) -> Done<()> {
    if let Some(when) = shape.when() {
        let mut keys = Document::new();
        keys.insert(when.name.clone(), 1);
        let name = IndexOptions::builder().name(when.name.clone()).build();
        let model = IndexModel::builder().keys(keys).options(name).build();
        collection.create_index(model).await?;
    }
    Ok(())
}

/// The id of what counts of a table.
fn id(owner: &str, table: &str) -> String {
    format!("{owner}/{table}")
}

async fn stands(database: &Database, owner: &str, table: &str, run: &str, rows: u64) -> Done<()> {
    let id = id(owner, table);
    let document = doc! {
        "_id": &id, "owner": owner, "table_name": table, "run": run,
        "rows": rows.cast_signed(), "updated_at": DateTime::now(),
    };
    let outputs = database.collection::<Document>(OUTPUTS);
    outputs
        .replace_one(doc! { "_id": id }, document)
        .upsert(true)
        .await?;
    Ok(())
}

impl Sink for MongoDb {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn ensure(&mut self, shape: &Shape, stop: &Stop) -> Result<()> {
        let there = self.columns(&shape.table, stop)?;
        if !there.is_empty() {
            return super::views::same(self, shape, &there);
        }
        let (failed, place) = (self.failed(), self.place());
        let types = shape.columns.iter();
        let types = types.map(|c| doc! { "name": &c.name, "type": self.type_of(c.kind) });
        let types: Vec<_> = types.collect();
        self.with(stop, async |database| {
            let collection = database.collection::<Document>(&shape.table);
            if collection
                .find_one(doc! {})
                .await
                .map_err(&failed)?
                .is_some()
            {
                let what = format!(
                    "the collection {} is of another program; give another database",
                    shape.table
                );
                return Err(Error::data(&place, what));
            }
            index(&collection, shape).await.map_err(&failed)?;
            let tables = database.collection::<Document>(TABLES);
            let document = doc! { "_id": &shape.table, "columns": types };
            let id = doc! { "_id": &shape.table };
            tables
                .replace_one(id, document)
                .upsert(true)
                .await
                .map_err(&failed)?;
            Ok(())
        })
    }

    fn standing(&mut self, table: &str, stop: &Stop) -> Result<Option<Standing>> {
        let (failed, owner) = (self.failed(), self.address.owner.clone());
        self.with(stop, async |database| {
            let outputs = database.collection::<Document>(OUTPUTS);
            let id = id(&owner, table);
            let found = outputs
                .find_one(doc! { "_id": id })
                .await
                .map_err(&failed)?;
            Ok(found.map(|found| Standing {
                run: found.get_str("run").unwrap_or_default().to_owned(),
                rows: found.get_i64("rows").unwrap_or(0).cast_unsigned(),
            }))
        })
    }

    fn begin(&mut self, shape: &Shape, run: &str, stop: &Stop) -> Result<()> {
        let (failed, owner) = (self.failed(), self.address.owner.clone());
        self.with(stop, async |database| {
            let collection = database.collection::<Document>(&shape.table);
            let ours = doc! { OWNER: &owner };
            collection.delete_many(ours).await.map_err(&failed)?;
            let stands = stands(database, &owner, &shape.table, run, 0).await;
            stands.map_err(&failed)
        })
    }

    fn append(
        &mut self,
        shape: &Shape,
        run: &str,
        from: u64,
        rows: &RecordBatch,
        stop: &Stop,
    ) -> Result<()> {
        let (failed, owner) = (self.failed(), self.address.owner.clone());
        let end = from + rows.num_rows() as u64;
        self.with(stop, async |database| {
            let collection = database.collection::<Document>(&shape.table);
            insert_rows(&collection, shape, (&owner, from), rows, &failed).await?;
            let stands = stands(database, &owner, &shape.table, run, end).await;
            stands.map_err(&failed)
        })
    }

    fn replace(
        &mut self,
        run: &str,
        tables: Tables<'_>,
        stop: &Stop,
    ) -> Result<Vec<(String, u64)>> {
        let (failed, place) = (self.failed(), self.place());
        let (owner, holder) = (self.address.owner.clone(), new_run_id());
        // Whoever takes its turn over drops what it has loaded, so another try loads elsewhere.
        let before = std::mem::replace(&mut self.holder, holder.clone());
        self.with(stop, async |database| {
            switch::leave(database, &before).await.map_err(&failed)?;
            let mut done = Vec::new();
            for table in tables()? {
                let shape = table.shape;
                let loading = loading(&shape.table, &holder);
                let fresh = database.collection::<Document>(&loading);
                clear(
                    database,
                    &shape.table,
                    &self::loading(&shape.table, &before),
                )
                .await
                .map_err(&failed)?;
                database
                    .create_collection(&loading)
                    .await
                    .map_err(&failed)?;
                let mut count = 0;
                for rows in table.rows {
                    let rows = rows?;
                    insert_rows(&fresh, &shape, (&owner, count), &rows, &failed).await?;
                    count += rows.num_rows() as u64;
                }
                index(&fresh, &shape).await.map_err(&failed)?;
                done.push((shape.table, count));
            }
            // All are whole by now, and switch one after the other.
            let switch = Switch::take(database, &holder, &failed, &place).await?;
            for (table, count) in &done {
                let fresh = database.collection::<Document>(&loading(table, &holder));
                switch.others(table, &fresh, &owner).await?;
                let name = database.name();
                let command = doc! {
                    "renameCollection": format!("{name}.{}", loading(table, &holder)),
                    "to": format!("{name}.{table}"), "dropTarget": true,
                };
                let admin = database.client().database("admin");
                admin.run_command(command).await.map_err(&failed)?;
                switch.keep().await?;
                let stands = stands(database, &owner, table, run, *count).await;
                stands.map_err(&failed)?;
            }
            switch::leave(database, &holder).await.map_err(&failed)?;
            Ok(done)
        })
    }

    fn execute(&mut self, statement: &str, stop: &Stop) -> Result<()> {
        let (failed, place) = (self.failed(), self.place());
        let command: serde_json::Value = serde_json::from_str(statement)
            .map_err(|e| Error::Internal(format!("a command for MongoDB: {e}")))?;
        let command = mongodb::bson::serialize_to_bson(&command)
            .map_err(|e| Error::Internal(format!("a command for MongoDB: {e}")))?;
        self.with(stop, async |database| {
            let Bson::Document(command) = command else {
                return Err(Error::data(&place, "no command"));
            };
            // Views have no "create or replace" there.
            if let Ok(view) = command.get_str("create") {
                let there = database.list_collection_names().await;
                if there.map_err(&failed)?.iter().any(|other| other == view) {
                    let old = database.collection::<Document>(view);
                    old.drop().await.map_err(&failed)?;
                }
            }
            match database.run_command(command).await {
                // Another process has made it meanwhile.
                Err(e) if matches!(&*e.kind, ErrorKind::Command(e) if e.code == EXISTS) => Ok(()),
                done => done.map(drop).map_err(&failed),
            }
        })
    }

    fn create(&self, shape: &Shape) -> Vec<String> {
        let columns = shape.columns.iter();
        let columns: Vec<_> = columns
            .map(|c| format!("{} {}", c.name, self.type_of(c.kind)))
            .collect();
        vec![format!(
            "collection {} of {}",
            shape.table,
            columns.join(", ")
        )]
    }

    fn add(&self, shape: &Shape, column: &Column) -> Vec<String> {
        let new = serde_json::json!({ "name": column.name, "type": self.type_of(column.kind) });
        let update = serde_json::json!({
            "update": TABLES,
            "updates": [{ "q": { "_id": shape.table }, "u": { "$push": { "columns": new } } }],
        });
        vec![update.to_string()]
    }

    fn has_view(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        let failed = self.failed();
        self.with(stop, async |database| {
            let names = database.list_collection_names().await;
            Ok(names.map_err(&failed)?.iter().any(|other| other == name))
        })
    }

    fn holds(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        let failed = self.failed();
        self.with(stop, async |database| {
            let there = database.list_collections().filter(doc! { "name": name });
            let mut there = there.await.map_err(&failed)?;
            if !there.advance().await.map_err(&failed)? {
                return Ok(false);
            }
            let there = there.deserialize_current().map_err(&failed)?;
            if matches!(there.collection_type, CollectionType::View) {
                return Ok(false);
            }
            let collection = database.collection::<Document>(name);
            let rows = collection.find_one(doc! {}).await;
            Ok(rows.map_err(&failed)?.is_some())
        })
    }

    fn foundation(&self) -> Vec<String> {
        vec![
            format!("collection {OUTPUTS} of owner, table_name, run, rows, updated_at"),
            format!("collection {TABLES} of the columns of tables"),
        ]
    }

    fn columns(&mut self, table: &str, stop: &Stop) -> Result<Vec<(String, String)>> {
        let failed = self.failed();
        self.with(stop, async |database| {
            let tables = database.collection::<Document>(TABLES);
            let found = tables.find_one(doc! { "_id": table }).await;
            let found = found.map_err(&failed)?.unwrap_or_default();
            let columns = found.get_array("columns").into_iter().flatten();
            let columns = columns.filter_map(|column| {
                let column = column.as_document()?;
                let text = |name| column.get_str(name).map(str::to_owned).ok();
                Some((text("name")?, text("type")?))
            });
            let mut columns: Vec<_> = columns.collect();
            if !columns.is_empty() {
                columns.push((OWNER.to_owned(), "string".to_owned()));
            }
            Ok(columns)
        })
    }

    fn mend(&mut self, _: &Shape, _: &Stop) -> Result<()> {
        // A collection needs nothing before it has rows; their indexes are made with them.
        Ok(())
    }

    fn type_of(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Text => "string",
            Kind::Int => "long",
            Kind::Money | Kind::Sum => "decimal",
            Kind::Float => "double",
            Kind::Date | Kind::Time => "date",
            Kind::Flag => "bool",
        }
    }

    fn clock(&mut self, stop: &Stop) -> Result<Option<i64>> {
        let failed = self.failed();
        self.with(stop, async |database| {
            let now = switch::now(database).await.map_err(&failed)?;
            Ok(now.map(DateTime::timestamp_millis))
        })
    }

    fn version(&mut self, stop: &Stop) -> Result<String> {
        let failed = self.failed();
        self.with(stop, async |database| {
            let answer = database.run_command(doc! { "buildInfo": 1 }).await;
            let answer = answer.map_err(&failed)?;
            Ok(answer.get_str("version").unwrap_or("unknown").to_owned())
        })
    }
}
