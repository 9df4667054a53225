//! Original bodies, named by the sha256 of their bytes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

use crate::atomic::{sync_dir, unfinished_in};
use crate::under_way::UnderWay;
use crate::{LakeError, Sha256, make_folder};

/// Level 3 is zstd's own default: most bodies are zips or short-lived text, and
/// a higher level costs more than it saves.
const LEVEL: i32 = 3;

/// The archive of original bytes: `ab/ab12….zst`.
#[derive(Clone, Debug)]
pub struct Archive {
    root: PathBuf,
    under_way: UnderWay,
}

impl Archive {
    pub(crate) fn new(root: PathBuf, under_way: UnderWay) -> Self {
        Self { root, under_way }
    }

    /// The folder of the archive.
    #[must_use]
    pub fn root(&self) -> &std::path::Path {
        &self.root
    }

    /// Where the body with this digest lies.
    #[must_use]
    pub fn path(&self, sha256: Sha256) -> PathBuf {
        let name = sha256.to_string();
        self.root.join(&name[..2]).join(format!("{name}.zst"))
    }

    /// Stores `body` and returns its digest. A body that is there already is
    /// not written again, unless it is damaged.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn put(&self, body: &[u8]) -> Result<Sha256, LakeError> {
        let sha256 = Sha256::of(body);
        let path = self.path(sha256);
        // A sweep at the same time leaves it from now on.
        self.under_way.body(sha256);
        // Whoever has the bytes in hand can mend what later readers would fail on.
        if path.exists() && self.check(sha256).is_ok() {
            return Ok(sha256);
        }
        let folder = path.parent().unwrap_or(&self.root);
        make_folder(&self.root)?;
        make_folder(folder)?;
        let file = unfinished_in(folder)?;
        let mut encoder =
            zstd::Encoder::new(file, LEVEL).map_err(LakeError::io("cannot compress to", &path))?;
        encoder.include_checksum(true).map_err(LakeError::io("cannot compress to", &path))?;
        encoder.write_all(body).map_err(LakeError::io("cannot write", &path))?;
        let file = encoder.finish().map_err(LakeError::io("cannot write", &path))?;
        file.as_file().sync_all().map_err(LakeError::io("cannot flush", &path))?;
        file.persist(&path).map_err(|e| LakeError::io("cannot rename to", &path)(e.error))?;
        // The manifest that names the body must not outlive it.
        sync_dir(folder)?;
        Ok(sha256)
    }

    /// Reads a body back and checks that it is what its name says.
    ///
    /// # Errors
    /// When it is missing, cannot be decompressed, or has another digest.
    pub fn get(&self, sha256: Sha256) -> Result<Vec<u8>, LakeError> {
        let path = self.path(sha256);
        let mut body = Vec::new();
        self.open(sha256)?.read_to_end(&mut body).map_err(|e| LakeError::damaged(&path, e))?;
        let found = Sha256::of(&body);
        if found == sha256 {
            Ok(body)
        } else {
            Err(LakeError::damaged(&path, format!("its bytes have the sha256 {found}")))
        }
    }

    /// Re-hashes a body as a stream; the size of the original bytes.
    ///
    /// # Errors
    /// As [`Archive::get`].
    pub fn check(&self, sha256: Sha256) -> Result<u64, LakeError> {
        let path = self.path(sha256);
        let (found, bytes) =
            Sha256::of_reader(self.open(sha256)?).map_err(|e| LakeError::damaged(&path, e))?;
        if found == sha256 {
            Ok(bytes)
        } else {
            Err(LakeError::damaged(&path, format!("its bytes have the sha256 {found}")))
        }
    }

    fn open(&self, sha256: Sha256) -> Result<impl Read, LakeError> {
        let path = self.path(sha256);
        let file = File::open(&path).map_err(LakeError::io("cannot open", &path))?;
        zstd::Decoder::new(file).map_err(LakeError::io("cannot decompress", &path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_body_comes_back_and_a_flipped_byte_is_found_and_mended_by_the_same_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::new(dir.path().to_owned(), UnderWay::default());
        let body = b"NEVIRAPINE~TABLET;ORAL".repeat(100);
        let sha = archive.put(&body).unwrap();
        assert_eq!(archive.put(&body).unwrap(), sha);
        assert_eq!(archive.get(sha).unwrap(), body);
        assert_eq!(archive.check(sha).unwrap(), body.len() as u64);

        let path = archive.path(sha);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(archive.get(sha), Err(LakeError::Damaged { .. })));
        assert!(matches!(archive.check(sha), Err(LakeError::Damaged { .. })));

        // The regulator served it once more.
        assert_eq!(archive.put(&body).unwrap(), sha);
        assert_eq!(archive.get(sha).unwrap(), body);
    }
}
