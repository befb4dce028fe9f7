//! Answers that are asked for again, kept as they went out: compressed, with their tag.
//!
//! What is kept holds for one state of the results and one day, so it is never old. Of many who
//! ask for the same at once, one has it made.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Kept;
use twox_hash::XxHash3_128;

use super::analyses::Topic;
use super::answer::Fail;
use super::site::{Site, Which};
use crate::error::Error;

/// Bytes of all answers that are kept.
const ROOM: u64 = 64 << 20;
/// A larger answer is not kept.
const LARGEST: usize = 8 << 20;
/// Answers that room is made for at first.
const EXPECTED: usize = 512;
/// Longer addresses and headers are not worth a place.
const LONGEST: usize = 2048;

static X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// Answers by what was asked and what the results were then.
pub struct Cache(Kept<String, Arc<Answer>, Weight>);

/// An answer with status 200.
struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone)]
struct Weight;

impl Weighter<String, Arc<Answer>> for Weight {
    fn weight(&self, key: &String, answer: &Arc<Answer>) -> u64 {
        (key.len() + answer.body.len() + 512) as u64
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self(Kept::with_weighter(EXPECTED, ROOM, Weight))
    }
}

/// The packing that a client likes best, of those that there are: another wording of the same
/// wish must not have a large file packed again.
fn packing(headers: &HeaderMap) -> &'static str {
    const KNOWN: [&str; 3] = ["identity", "gzip", "br"];
    let mut best = (0, 0.0);
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    for wish in values.flat_map(|value| value.split(',')) {
        let (name, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
        let place = KNOWN
            .iter()
            .position(|known| name.trim().eq_ignore_ascii_case(known));
        let weight = weight.trim().strip_prefix("q=");
        let weight = weight.and_then(|weight| weight.parse::<f32>().ok());
        if let (Some(place), Some(weight)) = (place, weight)
            && weight > 0.0
            && (weight > best.1 || weight == best.1 && place > best.0)
        {
            best = (place, weight);
        }
    }
    KNOWN[best.0]
}

/// Which results an answer is made from.
#[derive(Default)]
struct Basis {
    /// Of this process; 0 and 0 for what is inside the binary.
    generation: (u64, u64),
    /// The runs, on any machine; none where they do not tell them all.
    runs: Option<String>,
}

/// What the answer depends on, beside the results.
fn key(site: &Site, uri: &Uri, packing: &str, basis: &Basis) -> Option<String> {
    // What is inside the binary is the same whatever is asked of it.
    let query = match basis.generation {
        (0, 0) => "",
        _ => uri.query().unwrap_or_default(),
    };
    if uri.path().len() + query.len() > LONGEST {
        return None;
    }
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    Some(format!(
        "{}\n{}\n{}\n{}\n{}",
        site.which.name(),
        uri.path(),
        pairs.join("&"),
        chrono::Utc::now().date_naive(),
        packing,
    ))
}

/// Answers that change by themselves, or belong to one client.
fn passes(path: &str) -> bool {
    path == "/metrics"
        || path == "/login"
        || path == "/logout"
        || path == "/api/links"
        || path == "/api/live"
        || path == "/api/live/events"
        || path.starts_with("/api/shop/")
        || path == "/health"
        || path.starts_with("/health/")
}

/// Gives the handlers the results they are to answer from, and tells which.
async fn basis(site: &Site, request: &mut Request) -> Result<Basis, Error> {
    let path = request.uri().path();
    Ok(match site.which {
        _ if !path.starts_with("/api/") => Basis::default(),
        Which::Batch | Which::Api if let Some(topic) = Topic::of_path(path) => {
            let to = request.extensions_mut();
            let (generation, runs) = site.app.analyses.attach(topic, to).await?;
            Basis {
                generation: (generation, 0),
                runs,
            }
        }
        Which::Batch | Which::Api | Which::Ingest => {
            let jobs = match site.which == Which::Api && super::api::is_of_jobs(path) {
                true => Some(site.app.shop.current().await?),
                false => None,
            };
            let shown = site.app.books.current().await?;
            let generation = (shown.generation, jobs.as_ref().map_or(0, |j| j.generation));
            // What jobs see changes all the time.
            let book = shown.there().filter(|_| jobs.is_none());
            let runs = book.and_then(|book| book.identity());
            let extensions = request.extensions_mut();
            extensions.insert(shown);
            jobs.map(|jobs| extensions.insert(jobs));
            Basis { generation, runs }
        }
        Which::Live => {
            let shown = site.app.output.current().await?;
            let generation = (shown.generation, 0);
            request.extensions_mut().insert(shown);
            Basis {
                generation,
                runs: None,
            }
        }
    })
}

/// Gives the handlers the results they are to answer from, and keeps what they answer.
pub async fn remember(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Fail> {
    let path = request.uri().path();
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    if !asks || passes(path) || site.which == Which::Ingest && path.starts_with("/api/") {
        return Ok(next.run(request).await);
    }
    let basis = basis(&site, &mut request).await?;
    // What is asked about an answer is answered from the whole of it.
    let head = std::mem::replace(request.method_mut(), Method::GET) == Method::HEAD;
    let headers = request.headers_mut();
    let tags: Vec<HeaderValue> = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .cloned()
        .collect();
    headers.remove(header::IF_NONE_MATCH);
    let packing = packing(headers);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(packing));
    let Some(asked) = key(&site, request.uri(), packing, &basis) else {
        let response = next.run(request).await;
        return Ok(marked(response, false));
    };
    let key = format!("{:?}\n{asked}", basis.generation);
    let (answer, hit) = match site.app.cache.0.get_value_or_guard_async(&key).await {
        Ok(answer) => (answer, true),
        Err(guard) => {
            let shared = site.app.shared.as_ref().zip(basis.runs);
            let shared = shared.map(|(shared, runs)| (shared, common(&site, &asked, &runs)));
            let found = match &shared {
                Some((shared, asked)) => shared.get(asked).await,
                None => None,
            };
            let hit = found.is_some();
            let answer = match found {
                Some(entry) => Answer::of(&site, entry.headers, entry.body),
                None => {
                    let response = next.run(request).await;
                    if response.status() != StatusCode::OK {
                        return Ok(response);
                    }
                    let answer = whole(&site, response).await?;
                    if let Some((shared, asked)) = &shared {
                        shared.put(asked, &answer.headers, &answer.body);
                    }
                    answer
                }
            };
            let answer = Arc::new(answer);
            if answer.body.len() <= LARGEST {
                // Refused only where the place is gone, which costs the next one the making.
                let _ = guard.insert(Arc::clone(&answer));
            }
            (answer, hit)
        }
    };
    super::counts::cache(&site.app, site.which, hit);
    Ok(marked(answer.response(&tags, head), hit))
}

fn marked(mut response: Response, hit: bool) -> Response {
    let value = HeaderValue::from_static(if hit { "HIT" } else { "MISS" });
    response.headers_mut().insert(&X_CACHE, value);
    response
}

/// Takes up the whole answer and gives it a tag.
async fn whole(site: &Site, response: Response) -> Result<Answer, Error> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX)
        .await
        .map_err(|e| Error::Internal(format!("an answer: {e}")))?;
    Ok(Answer::of(site, parts.headers, body))
}

/// What an answer depends on for every server, wherever it runs.
fn common(site: &Site, asked: &str, runs: &str) -> String {
    let shown = &site.app.settings;
    let settings = (shown.as_of, &shown.currency, &shown.locale);
    format!("{asked}\n{settings:?}\n{runs}")
}

impl Answer {
    /// An answer with its tag, and who may keep it.
    fn of(site: &Site, mut headers: HeaderMap, body: Bytes) -> Self {
        let tag = format!("\"{:032x}\"", XxHash3_128::oneshot(&body));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        let control = match site.guarded || site.which == Which::Api {
            true => "private, no-cache",
            false => "no-cache",
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(control));
        headers.remove(header::CONTENT_LENGTH);
        Self { headers, body }
    }

    /// The answer, or that the client has it already. To a `HEAD` both have a body until the
    /// layers outside have told its length.
    fn response(&self, tags: &[HeaderValue], head: bool) -> Response {
        let tag = self.headers.get(header::ETAG);
        let known = tag.is_some_and(|tag| tags.iter().any(|tags| has(tags, tag)));
        let mut response = Response::new(match known && !head {
            true => Body::empty(),
            false => Body::from(self.body.clone()),
        });
        *response.headers_mut() = self.headers.clone();
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().remove(header::CONTENT_ENCODING);
        }
        response
    }
}

/// Whether `If-None-Match` names the tag.
fn has(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(tag)) = (tags.to_str(), tag.to_str()) else {
        return false;
    };
    let mut tags = tags.split(',').map(str::trim);
    tags.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}
