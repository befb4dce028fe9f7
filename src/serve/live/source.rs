//! Reading what the stream wrote, of one run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::parts::Parts;
use super::view::View;
use super::windows::Window;
use crate::error::Result;
use crate::serve::runs;
use crate::serve::stamps::{self, files};
use crate::serve::watched::Source;
use crate::signal::Stop;
use crate::stream::live::OPEN;

/// The output folder of a stream.
#[derive(Debug, Clone)]
pub struct Output {
    /// The folder.
    pub folder: PathBuf,
    /// Windows that are looked back over.
    pub limit: usize,
}

/// What one run of a stream has written.
#[derive(Debug)]
pub struct Feed {
    /// The run; none where another program wrote the files.
    pub run_id: Option<String>,
    /// The stream's own view, without its windows.
    pub view: Option<View>,
    /// All windows that are looked back over, in order of time.
    pub windows: Vec<Window>,
    /// How long a window is, in microseconds.
    pub size: i64,
    /// How far apart windows begin, in microseconds.
    pub slide: i64,
    /// Rows in files.
    pub rows: usize,
    /// Whether the source has been read to its end.
    pub ended: bool,
    parts: Arc<Parts>,
}

impl Output {
    fn read(&self, before: Option<&Feed>) -> Result<Option<Feed>> {
        let run_id = runs::id(&self.folder)?;
        // The view first: a window leaves it when its file is there.
        let mut view = View::read(&self.folder)?;
        let parts = Parts::read(&self.folder, self.limit, before.map(|feed| &feed.parts))?;
        let ended = self.folder.join("_SUCCESS").is_file();
        let same = runs::id(&self.folder)? == run_id;
        let of_run = |view: &View| Some(&view.run_id) == run_id.as_ref();
        if !same || view.as_ref().is_some_and(|view| !of_run(view)) {
            return Err(runs::replaced(&self.folder));
        }
        if view.is_none() && parts.windows.is_empty() {
            return Ok(None);
        }
        let fresh = match &mut view {
            Some(view) => view.take_windows()?,
            None => Vec::new(),
        };
        let mut windows = parts.windows.clone();
        // Between what is closed and the newest open windows, which alone are told then, some are
        // missing: sums must not reach over them.
        let hole = view.as_ref().filter(|view| view.truncated).and_then(|_| {
            let open = fresh.iter().filter(|window| window.open);
            open.map(|window| window.start).min()
        });
        let first = windows.first().map(|window| window.start);
        // What stands in a file is final. A window that is older than all that are looked back
        // over is in a file, too.
        windows.extend(fresh.into_iter().filter(|window| {
            let written = parts
                .windows
                .binary_search_by_key(&window.start, |w| w.start);
            let older = !window.open && first.is_some_and(|first| window.start < first);
            written.is_err() && !older && !window.rows.is_empty()
        }));
        windows.sort_by_key(|window| window.start);
        windows.retain(|window| hole.is_none_or(|hole| window.start >= hole));
        let micros = |seconds: f64| Some((seconds * 1e6).round() as i64).filter(|m| *m > 0);
        let length = windows.last().map_or(0, |window| window.end - window.start);
        let apart = windows.windows(2).map(|pair| pair[1].start - pair[0].start);
        let slide = apart.min().unwrap_or(length);
        let of_view = |told: fn(&View) -> f64| view.as_ref().map(told).and_then(micros);
        Ok(Some(Feed {
            run_id,
            size: of_view(|view| view.size_seconds).unwrap_or(length),
            slide: of_view(|view| view.slide_seconds).unwrap_or(slide),
            view,
            windows,
            rows: parts.rows,
            ended,
            parts,
        }))
    }
}

impl Source for Output {
    type Content = Feed;

    fn stamp(&self) -> u64 {
        let fixed = ["_run.json", "_SUCCESS", OPEN].map(|name| self.folder.join(name));
        // The newest file grows by being replaced, which changes its folder too.
        let parts = files(&self.folder, "parquet").unwrap_or_default();
        let newest = parts.last().map(PathBuf::as_path);
        let fixed = fixed.iter().map(PathBuf::as_path);
        let folder = Some(Path::new(&self.folder));
        stamps::of(fixed.chain(newest).chain(folder))
    }

    fn load(&self, before: Option<&Feed>) -> Result<Option<Feed>> {
        runs::patiently(&Stop::never(), |_| true, || self.read(before))
    }
}
