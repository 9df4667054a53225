//! Objects as files: s3s-fs, with what a reader of Parquet needs and it lacks.

use std::path::PathBuf;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, GetObjectInput,
    GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output,
    PutObjectInput, PutObjectOutput, Range, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;

/// A folder of buckets.
pub(super) struct Files {
    inner: FileSystem,
    root: PathBuf,
}

impl Files {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { inner: FileSystem::new(&root).unwrap(), root }
    }
}

macro_rules! as_it_is {
    ($($method:ident: $input:ty => $output:ty;)+) => {
        #[async_trait::async_trait]
        impl S3 for Files {
            $(async fn $method(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.inner.$method(request).await
            })+

            /// The last n bytes of an object that has fewer are all of it;
            /// s3s-fs fails there.
            async fn get_object(
                &self,
                mut request: S3Request<GetObjectInput>,
            ) -> S3Result<S3Response<GetObjectOutput>> {
                if let Some(Range::Suffix { length }) = &mut request.input.range {
                    let file = self.root.join(&request.input.bucket).join(&request.input.key);
                    if let Ok(found) = file.metadata() {
                        *length = found.len().min(*length);
                    }
                }
                self.inner.get_object(request).await
            }
        }
    };
}

as_it_is! {
    head_object: HeadObjectInput => HeadObjectOutput;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output;
    put_object: PutObjectInput => PutObjectOutput;
    delete_object: DeleteObjectInput => DeleteObjectOutput;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput;
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
    upload_part: UploadPartInput => UploadPartOutput;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
}
