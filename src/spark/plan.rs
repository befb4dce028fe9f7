//! Relations as Spark Connect takes them: nearly all is SQL, and what SQL cannot say stands here.

use std::collections::HashMap;

use spark_connect_proto as proto;
use spark_connect_proto::relation::RelType;

/// A text.
pub fn sql(text: &str) -> proto::Relation {
    relation(RelType::Sql(proto::Sql {
        query: text.to_owned(),
        ..Default::default()
    }))
}

/// Rows as an Arrow stream.
pub fn local(data: Vec<u8>) -> proto::Relation {
    relation(RelType::LocalRelation(proto::LocalRelation {
        data: Some(data.into()),
        schema: None,
    }))
}

/// Rows that the cluster keeps.
pub fn kept(rows: proto::CachedRemoteRelation) -> proto::Relation {
    relation(RelType::CachedRemoteRelation(rows))
}

/// Files of a format, with columns of `expressions`, which may ask for `_metadata`.
pub fn files(
    format: &str,
    options: &[(&str, &str)],
    paths: Vec<String>,
    expressions: &[&str],
) -> proto::Relation {
    let source = source(format, options, paths);
    let read = relation(RelType::Read(proto::Read {
        is_streaming: false,
        read_type: Some(proto::read::ReadType::DataSource(source)),
    }));
    project(read, expressions)
}

/// What a stream reads.
pub fn stream(format: &str, options: &[(&str, &str)], expressions: &[&str]) -> proto::Relation {
    let source = source(format, options, Vec::new());
    let read = relation(RelType::Read(proto::Read {
        is_streaming: true,
        read_type: Some(proto::read::ReadType::DataSource(source)),
    }));
    project(read, expressions)
}

/// Rows with a watermark: the latest `column` so far, less `delay`.
pub fn watermark(input: proto::Relation, column: &str, delay: &str) -> proto::Relation {
    relation(RelType::WithWatermark(Box::new(proto::WithWatermark {
        input: Some(Box::new(input)),
        event_time: column.to_owned(),
        delay_threshold: delay.to_owned(),
    })))
}

fn source(format: &str, options: &[(&str, &str)], paths: Vec<String>) -> proto::read::DataSource {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    proto::read::DataSource {
        format: Some(format.to_owned()),
        options: options.iter().map(owned).collect::<HashMap<_, _>>(),
        paths,
        ..Default::default()
    }
}

fn project(input: proto::Relation, expressions: &[&str]) -> proto::Relation {
    use proto::expression::{ExprType, ExpressionString};
    let expression = |text: &&str| proto::Expression {
        expr_type: Some(ExprType::ExpressionString(ExpressionString {
            expression: (*text).to_owned(),
        })),
        ..Default::default()
    };
    relation(RelType::Project(Box::new(proto::Project {
        input: Some(Box::new(input)),
        expressions: expressions.iter().map(expression).collect(),
    })))
}

fn relation(rel_type: RelType) -> proto::Relation {
    proto::Relation {
        common: None,
        rel_type: Some(rel_type),
    }
}
