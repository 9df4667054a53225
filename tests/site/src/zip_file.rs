//! Zip archives, written byte by byte the same every time.
//!
//! Written by hand because one of them holds data that was never there: the
//! bomb's gigabyte of zeros is one compressed block, repeated.

use flate2::{Compress, Compression, FlushCompress};

/// Bytes that the bomb inflates to: 1,088 MiB.
pub(crate) const BOMB_BYTES: u32 = BOMB_BLOCKS * BLOCK;

const BOMB_BLOCKS: u32 = 1_088;
const BLOCK: u32 = 1 << 20;

/// One file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Path inside the archive.
    pub(crate) name: String,
    /// Contents.
    pub(crate) data: Vec<u8>,
}

/// The archive of these members, in this order.
pub(crate) fn write(members: &[Member]) -> Vec<u8> {
    pack(members.iter().map(Packed::of))
}

/// The same, with the largest member replaced by more than 1 GiB of zeros.
pub(crate) fn bomb(members: &[Member]) -> Vec<u8> {
    let largest = members.iter().max_by_key(|member| member.data.len());
    let name = largest.map_or("data.txt", |member| &member.name);
    let others = members.iter().filter(|member| member.name != name);
    pack(others.map(Packed::of).chain([Packed::zeros(name)]))
}

/// A member, compressed.
struct Packed<'a> {
    name: &'a str,
    deflated: Vec<u8>,
    crc: u32,
    size: u32,
}

impl<'a> Packed<'a> {
    fn of(member: &'a Member) -> Self {
        Self {
            name: &member.name,
            deflated: deflate(&member.data, FlushCompress::Finish),
            crc: crc32fast::hash(&member.data),
            size: narrow(member.data.len()),
        }
    }

    fn zeros(name: &'a str) -> Self {
        let zeros = vec![0; BLOCK as usize];
        // After a full flush the compressor has forgotten what came before, so
        // the block may follow itself.
        let block = deflate(&zeros, FlushCompress::Full);
        let mut deflated = block.repeat(BOMB_BLOCKS as usize);
        deflated.extend(deflate(&[], FlushCompress::Finish));
        let mut one = crc32fast::Hasher::new();
        one.update(&zeros);
        let mut all = crc32fast::Hasher::new();
        for _ in 0..BOMB_BLOCKS {
            all.combine(&one);
        }
        Self { name, deflated, crc: all.finalize(), size: BOMB_BYTES }
    }

    /// The fields that the local and the central header share.
    fn shared_fields(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        fields.extend(20_u16.to_le_bytes()); // version needed: 2.0
        fields.extend(0_u16.to_le_bytes());
        fields.extend(8_u16.to_le_bytes()); // deflate
        fields.extend(0_u16.to_le_bytes()); // midnight ...
        fields.extend(0x21_u16.to_le_bytes()); // ... of 1 January 1980
        fields.extend(self.crc.to_le_bytes());
        fields.extend(narrow(self.deflated.len()).to_le_bytes());
        fields.extend(self.size.to_le_bytes());
        fields.extend(u16::try_from(self.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        fields.extend(0_u16.to_le_bytes());
        fields
    }
}

fn pack<'a>(members: impl Iterator<Item = Packed<'a>>) -> Vec<u8> {
    let (mut archive, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for member in members {
        let fields = member.shared_fields();
        directory.extend(b"PK\x01\x02");
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&fields);
        directory.extend([0; 10]); // no comment, first disk, no attributes
        directory.extend(narrow(archive.len()).to_le_bytes());
        directory.extend(member.name.as_bytes());
        archive.extend(b"PK\x03\x04");
        archive.extend(fields);
        archive.extend(member.name.as_bytes());
        archive.extend(member.deflated);
        count += 1;
    }
    let start = archive.len();
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06");
    archive.extend([0; 4]);
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend(narrow(directory.len()).to_le_bytes());
    archive.extend(narrow(start).to_le_bytes());
    archive.extend(0_u16.to_le_bytes());
    archive
}

fn deflate(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    // More than deflate can ever need: stored blocks cost 5 bytes each 64 KiB.
    let mut out = Vec::with_capacity(data.len() + data.len() / 1_000 + 64);
    // Compressing memory into enough memory has no way to fail.
    let _ = compress.compress_vec(data, &mut out, flush);
    out
}

/// Fixtures are far smaller than 4 GiB.
fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn members() -> Vec<Member> {
        ["f/a.txt", "f/b.txt"]
            .into_iter()
            .zip([b"one".repeat(9), b"three".repeat(99)])
            .map(|(name, data)| Member { name: name.to_owned(), data })
            .collect()
    }

    #[test]
    fn another_reader_finds_the_same_members() {
        let bytes = write(&members());
        assert_eq!(bytes, write(&members()));
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let found: Vec<_> = (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).unwrap();
                let mut data = Vec::new();
                file.read_to_end(&mut data).unwrap();
                Member { name: file.name().unwrap().into_owned(), data }
            })
            .collect();
        assert_eq!(found, members());
    }

    #[test]
    fn the_bomb_is_small_and_inflates_to_more_than_a_gibibyte() {
        let bytes = bomb(&members());
        assert!(bytes.len() < 2 << 20, "{}", bytes.len());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        let mut file = archive.by_name("f/b.txt").unwrap();
        assert_eq!(file.size(), u64::from(BOMB_BYTES));
        assert!(file.size() > 1 << 30);
        // To the end, so that the checksum is compared too.
        assert_eq!(std::io::copy(&mut file, &mut std::io::sink()).unwrap(), file.size());
    }
}
