//! Reading one archived body with the source's parser.

use regatta_lake::{Lake, RunFailure};
use regatta_sources::{Page, Request, Source};
use tokio::time::Instant;

use crate::CrawlError;
use crate::accumulate::Gathered;
use crate::finish::Run;
use crate::obtain::{Obtained, archived};

impl Run {
    /// Reads `obtained`, adds it to `gathered` and gives what it asks for next;
    /// or why it is not what it should be. Then `gathered` is empty.
    pub(crate) async fn read(
        &mut self,
        obtained: Obtained,
        gathered: &mut Box<Gathered>,
    ) -> Result<Result<Vec<Request>, RunFailure>, CrawlError> {
        let started = Instant::now();
        let what = format!("read {}", obtained.fetch.url);
        let reading = read(&self.lake, self.source, obtained, std::mem::take(gathered)).await?;
        self.parsing += started.elapsed();
        Ok(match reading {
            Reading::Read { gathered: all, follow_ups, bytes } => {
                *gathered = all;
                self.parsed_bytes += bytes;
                Ok(follow_ups)
            }
            Reading::Refused(reason) => Err(RunFailure { what, reason }),
        })
    }
}

/// What came of reading a body.
enum Reading {
    /// It was read.
    Read {
        /// Everything read so far, this page included.
        gathered: Box<Gathered>,
        /// What the page asks for next.
        follow_ups: Vec<Request>,
        /// Bytes read.
        bytes: u64,
    },
    /// It is not what it should be, in words.
    Refused(String),
}

/// Reads `obtained` and adds it to `gathered`. A parser that panics refuses
/// the page; it must not take the other sources with it.
async fn read(
    lake: &Lake,
    source: &'static dyn Source,
    obtained: Obtained,
    mut gathered: Box<Gathered>,
) -> Result<Reading, CrawlError> {
    let lake = lake.clone();
    let work = move || -> Result<Reading, CrawlError> {
        let Obtained { request, fetch, body } = obtained;
        let body = match body {
            Some(body) => body,
            None => archived(&lake, fetch.body_sha256)?,
        };
        let page = Page {
            request: &request,
            content_type: fetch.content_type.as_deref(),
            last_modified: fetch.last_modified.as_deref(),
            body: &body,
        };
        let added = source
            .parse(&page)
            .map_err(|e| e.to_string())
            .and_then(|parsed| gathered.add(source.spec(), &fetch, parsed));
        Ok(match added {
            Ok(follow_ups) => Reading::Read { gathered, follow_ups, bytes: body.len() as u64 },
            Err(problem) => Reading::Refused(problem),
        })
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(reading) => reading,
        Err(e) if e.is_panic() => Ok(Reading::Refused(format!("the parser broke down: {e}"))),
        Err(e) => Err(CrawlError::Defect(e.to_string())),
    }
}
