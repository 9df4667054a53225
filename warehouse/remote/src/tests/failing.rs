//! A store of which one request that changes something fails.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};

/// When a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Before it takes effect.
    Before,
    /// After it: the answer is lost.
    After,
}

/// The store.
#[derive(Debug)]
pub(super) struct Failing {
    inner: Arc<dyn ObjectStore>,
    countdown: Arc<Countdown>,
}

#[derive(Debug)]
struct Countdown {
    left: AtomicI64,
    after: AtomicBool,
    failed: AtomicBool,
}

impl Countdown {
    /// True for the request that is to fail.
    fn hits(&self) -> bool {
        let hit = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if hit {
            self.failed.store(true, Ordering::SeqCst);
        }
        hit
    }

    async fn around<T>(&self, request: impl Future<Output = Result<T>>) -> Result<T> {
        if !self.hits() {
            return request.await;
        }
        if self.after.load(Ordering::SeqCst) {
            request.await?;
        }
        Err(lost())
    }
}

fn lost() -> Error {
    Error::Generic { store: "failing", source: "the connection was lost".into() }
}

impl Failing {
    pub(super) fn over(inner: Arc<dyn ObjectStore>) -> Self {
        let countdown = Countdown {
            left: AtomicI64::new(-1),
            after: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        };
        Self { inner, countdown: Arc::new(countdown) }
    }

    /// The request of this number, from 0, fails.
    pub(super) fn fail(&self, number: i64, mode: Mode) {
        self.countdown.after.store(mode == Mode::After, Ordering::SeqCst);
        self.countdown.failed.store(false, Ordering::SeqCst);
        self.countdown.left.store(number, Ordering::SeqCst);
    }

    pub(super) fn never(&self) {
        self.countdown.left.store(-1, Ordering::SeqCst);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.countdown.failed.load(Ordering::SeqCst)
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing store")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Failing {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.countdown.around(self.inner.put_opts(location, payload, opts)).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let begun = self.inner.put_multipart_opts(location, opts);
        let inner = self.countdown.around(begun).await?;
        Ok(Box::new(Parts { inner, countdown: Arc::clone(&self.countdown) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        if self.countdown.hits() {
            return futures::stream::once(async { Err(lost()) }).boxed();
        }
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.countdown.around(self.inner.copy_opts(from, to, options)).await
    }
}

#[derive(Debug)]
struct Parts {
    inner: Box<dyn MultipartUpload>,
    countdown: Arc<Countdown>,
}

#[async_trait::async_trait]
impl MultipartUpload for Parts {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let countdown = Arc::clone(&self.countdown);
        let part = self.inner.put_part(data);
        Box::pin(async move { countdown.around(part).await })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let countdown = Arc::clone(&self.countdown);
        countdown.around(self.inner.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}
