//! Requests to the store, each with the address in its error.

use std::fmt;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutMultipartOptions, PutOptions, UpdateVersion,
};
use regatta_lake::Sha256;

use crate::RemoteError;
use crate::error::Answer;

/// The attribute that says what the bytes of an object are.
const SHA256: &str = "sha256";

/// A bucket, and the prefix in it below which everything lies.
#[derive(Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    base: Path,
    bucket: String,
    pub(crate) conditional_put: bool,
}

/// What the store says of an object without sending it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub meta: ObjectMeta,
    pub sha256: Option<Sha256>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.url(""))
    }
}

impl Store {
    /// A store below `base`; `bucket` is how errors call it, e.g. `s3://data`.
    pub fn over(
        inner: Arc<dyn ObjectStore>,
        base: Path,
        bucket: impl Into<String>,
        conditional_put: bool,
    ) -> Self {
        Self { inner, base, bucket: bucket.into(), conditional_put }
    }

    /// The address of a key below the prefix; that of the prefix for an empty one.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}", self.bucket, self.key(path)).trim_end_matches('/').to_owned()
    }

    fn key(&self, path: &str) -> Path {
        self.base.parts().chain(Path::from(path).parts()).collect()
    }

    fn failed(&self, action: &'static str, path: &str) -> impl FnOnce(Error) -> RemoteError {
        let url = self.url(path);
        move |source| RemoteError::Store { action, url, answer: Answer(Box::new(source)) }
    }

    /// What is at a key, if anything.
    pub(crate) async fn head(&self, path: &str) -> Result<Option<Found>, RemoteError> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        match self.inner.get_opts(&self.key(path), options).await {
            Ok(result) => {
                let attribute = Attribute::Metadata(SHA256.into());
                let sha256 = result.attributes.get(&attribute).and_then(|v| v.parse().ok());
                Ok(Some(Found { meta: result.meta, sha256 }))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look at", path)(error)),
        }
    }

    /// Whether a put may be tied to what is there.
    #[must_use]
    pub fn has_conditional_put(&self) -> bool {
        self.conditional_put
    }

    /// A small object, with the version to which a later put may be tied.
    ///
    /// # Errors
    /// The store refused or was not reached, after all retries.
    pub async fn read(&self, path: &str) -> Result<Option<(Vec<u8>, UpdateVersion)>, RemoteError> {
        let result = match self.inner.get(&self.key(path)).await {
            Ok(result) => result,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed("read", path)(error)),
        };
        let version = UpdateVersion {
            e_tag: result.meta.e_tag.clone(),
            version: result.meta.version.clone(),
        };
        let bytes = result.bytes().await.map_err(self.failed("read", path))?;
        Ok(Some((bytes.to_vec(), version)))
    }

    /// Size and digest of all bytes of an object, read as a stream.
    pub(crate) async fn hash(&self, path: &str) -> Result<Option<(Sha256, u64)>, RemoteError> {
        use sha2::Digest;
        let result = match self.inner.get(&self.key(path)).await {
            Ok(result) => result,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed("read", path)(error)),
        };
        let mut chunks = result.into_stream();
        let (mut hasher, mut bytes) = (sha2::Sha256::new(), 0);
        while let Some(chunk) = chunks.try_next().await.map_err(self.failed("read", path))? {
            hasher.update(&chunk);
            bytes += chunk.len() as u64;
        }
        let digest = hex::encode(hasher.finalize()).parse();
        let digest = digest.map_err(|reason| RemoteError::Settings { reason })?;
        Ok(Some((digest, bytes)))
    }

    /// Puts a whole object. The request carries the digest of its bytes, so
    /// that the store refuses others than were sent.
    ///
    /// # Errors
    /// The store refused or was not reached, after all retries.
    pub async fn put(&self, path: &str, bytes: Vec<u8>, sha256: Sha256) -> Result<(), RemoteError> {
        let options = PutOptions { attributes: attributes(path, sha256), ..PutOptions::default() };
        self.inner
            .put_opts(&self.key(path), bytes.into(), options)
            .await
            .map(|_| ())
            .map_err(self.failed("upload", path))
    }

    /// Begins an object of several parts.
    pub(crate) async fn put_parts(
        &self,
        path: &str,
        sha256: Sha256,
    ) -> Result<Box<dyn object_store::MultipartUpload>, RemoteError> {
        let options = PutMultipartOptions {
            attributes: attributes(path, sha256),
            ..PutMultipartOptions::default()
        };
        self.inner
            .put_multipart_opts(&self.key(path), options)
            .await
            .map_err(self.failed("begin the upload of", path))
    }

    /// Wraps an error of a part.
    pub(crate) fn part_failed(&self, path: &str) -> impl FnOnce(Error) -> RemoteError {
        self.failed("upload a part of", path)
    }

    /// Puts an object in the place of the version that was read, or of none.
    /// False when somebody else was there in the meantime.
    ///
    /// # Errors
    /// The store refused or was not reached, after all retries.
    pub async fn replace(
        &self,
        path: &str,
        bytes: Vec<u8>,
        before: Option<UpdateVersion>,
    ) -> Result<bool, RemoteError> {
        let mode = match before {
            _ if !self.conditional_put => PutMode::Overwrite,
            Some(version) => PutMode::Update(version),
            None => PutMode::Create,
        };
        let attributes = attributes(path, Sha256::of(&bytes));
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        match self.inner.put_opts(&self.key(path), bytes.into(), options).await {
            Ok(_) => Ok(true),
            Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.failed("switch", path)(error)),
        }
    }

    /// The folders directly below a key, by name.
    pub(crate) async fn folders(&self, path: &str) -> Result<Vec<String>, RemoteError> {
        let listed = self
            .inner
            .list_with_delimiter(Some(&self.key(path)))
            .await
            .map_err(self.failed("list", path))?;
        let name = |p: &Path| p.filename().map(str::to_owned);
        Ok(listed.common_prefixes.iter().filter_map(name).collect())
    }

    /// All objects below a key, with their keys below the prefix.
    ///
    /// # Errors
    /// The store refused or was not reached, after all retries.
    pub async fn list(&self, path: &str) -> Result<Vec<(String, ObjectMeta)>, RemoteError> {
        let found: Vec<ObjectMeta> = self
            .inner
            .list(Some(&self.key(path)))
            .try_collect()
            .await
            .map_err(self.failed("list", path))?;
        let below = |meta: &ObjectMeta| {
            let parts = meta.location.prefix_match(&self.base)?;
            Some(parts.map(|p| p.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
        };
        Ok(found.into_iter().filter_map(|m| Some((below(&m)?, m))).collect())
    }

    /// Removes an object; one that is gone already is no error.
    ///
    /// # Errors
    /// The store refused or was not reached, after all retries.
    pub async fn remove(&self, path: &str) -> Result<(), RemoteError> {
        match self.inner.delete(&self.key(path)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", path)(error)),
        }
    }
}

fn attributes(path: &str, sha256: Sha256) -> Attributes {
    let kind = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => "application/json",
        Some("parquet") => "application/vnd.apache.parquet",
        _ => "application/octet-stream",
    };
    let mut attributes = Attributes::new();
    attributes.insert(Attribute::ContentType, kind.into());
    attributes.insert(Attribute::Metadata(SHA256.into()), sha256.to_string().into());
    if path == crate::document::CURRENT {
        // A cache between would serve a state whose objects may be gone.
        attributes.insert(Attribute::CacheControl, "no-cache".into());
    }
    attributes
}
