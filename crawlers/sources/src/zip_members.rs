//! Members of an archive, read with limits: the bytes are not to be trusted.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use crate::encodings::as_utf8;
use crate::{Issue, ParseError, Parsed, SourceSpec, TextTable};

/// How much an archive may hold.
#[derive(Clone, Copy, Debug)]
pub struct ZipLimits {
    /// Members.
    pub members: usize,
    /// Bytes of one member, decompressed.
    pub member_bytes: u64,
    /// Bytes of all members together, decompressed.
    pub total_bytes: u64,
}

impl Default for ZipLimits {
    fn default() -> Self {
        Self { members: 200, member_bytes: 256 << 20, total_bytes: 512 << 20 }
    }
}

/// A member of an archive.
#[derive(Debug, PartialEq, Eq)]
pub struct ZipMember {
    /// Name without folders; releases put the same file in changing folders.
    pub basename: String,
    /// The bytes.
    pub data: Vec<u8>,
}

/// Reads the members whose basename `wanted` accepts, in archive order, and
/// names the others. Nothing is written to a disk, so a path in a name can do
/// no harm; a bomb stops at the limit, with at most that much memory used.
///
/// # Errors
/// [`ParseError::Shape`] for a damaged archive, [`ParseError::TooLarge`] beyond
/// a limit.
pub fn read_members(
    body: &[u8],
    limits: ZipLimits,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<ZipMember>, Vec<String>), ParseError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(body))
        .map_err(|e| ParseError::shape("archive", "a complete zip file", e.to_string()))?;
    if archive.len() > limits.members {
        return Err(ParseError::shape(
            "archive",
            format!("at most {} members", limits.members),
            archive.len().to_string(),
        ));
    }
    let mut members = Vec::new();
    let mut others = Vec::new();
    let mut left = limits.total_bytes;
    for index in 0..archive.len() {
        let file = archive
            .by_index(index)
            .map_err(|e| ParseError::shape("archive", "a readable member", e.to_string()))?;
        if file.is_dir() {
            continue;
        }
        // A name that is not text in any known encoding can be no table's.
        let path = file.name().map(Cow::into_owned).unwrap_or_default();
        let basename = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        if !wanted(&basename) {
            others.push(basename);
            continue;
        }
        let limit = limits.member_bytes.min(left);
        // A size that is declared too large needs no reading at all.
        if file.size() > limit {
            return Err(ParseError::TooLarge { what: basename, limit });
        }
        let mut data = Vec::with_capacity(usize::try_from(file.size()).unwrap_or(0));
        file.take(limit + 1).read_to_end(&mut data).map_err(|e| {
            ParseError::shape(&basename, "a member that decompresses", e.to_string())
        })?;
        if data.len() as u64 > limit {
            return Err(ParseError::TooLarge { what: basename, limit });
        }
        left -= data.len() as u64;
        members.push(ZipMember { basename, data });
    }
    Ok((members, others))
}

/// Reads every table of `spec` that is a member of the archive: `parse` gets
/// the table's name and its file. Members that no table names are unread.
///
/// # Errors
/// As [`read_members`]; [`ParseError::Shape`] when a table that is not optional
/// has no member; and what `parse` says.
pub(crate) fn read_tables(
    spec: &SourceSpec,
    body: &[u8],
    mut parse: impl FnMut(&str, &ZipMember, &mut Vec<Issue>) -> Result<TextTable, ParseError>,
) -> Result<Parsed, ParseError> {
    let is = |file: &Option<String>, name: &str| {
        file.as_deref().is_some_and(|m| m.eq_ignore_ascii_case(name))
    };
    let limits = ZipLimits { member_bytes: spec.politeness.max_body_bytes, ..ZipLimits::default() };
    let (mut members, others) =
        read_members(body, limits, |name| spec.tables.values().any(|t| is(&t.member, name)))?;
    for member in &mut members {
        if let Cow::Owned(text) = as_utf8(&member.data) {
            member.data = text;
        }
    }
    let mut parsed = Parsed { unread: others, ..Parsed::default() };
    for (name, table) in &spec.tables {
        // Several releases in one archive hold the same names.
        let more = members.iter().filter(|m| is(&table.member, &m.basename)).skip(1);
        parsed.unread.extend(more.map(|m| format!("{} (another one was read)", m.basename)));
        match members.iter().find(|m| is(&table.member, &m.basename)) {
            Some(member) => parsed.tables.push(parse(name, member, &mut parsed.issues)?),
            None if table.optional => {}
            None => {
                return Err(ParseError::shape(
                    "archive",
                    format!("a member {} (table {name})", table.member.as_deref().unwrap_or("?")),
                    format!("{:?}", members.iter().map(|m| &m.basename).collect::<Vec<_>>()),
                ));
            }
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, data) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(data).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn members_are_found_in_any_folder_and_the_rest_is_named() {
        let body = archive(&[("EOBZIP_2024_05/products.txt", b"x"), ("readme.pdf", b"y")]);
        let (members, others) =
            read_members(&body, ZipLimits::default(), |n| n == "products.txt").unwrap();
        assert_eq!(members, [ZipMember { basename: "products.txt".into(), data: b"x".to_vec() }]);
        assert_eq!(others, ["readme.pdf"]);
    }

    #[test]
    fn a_bomb_and_a_torn_archive_are_errors() {
        let body = archive(&[("products.txt", &vec![0; 1 << 20])]);
        assert!(body.len() < 5_000);
        let limits = ZipLimits { member_bytes: 1 << 16, ..ZipLimits::default() };
        assert!(matches!(
            read_members(&body, limits, |_| true),
            Err(ParseError::TooLarge { limit: 65_536, .. })
        ));
        assert!(matches!(
            read_members(&body[..body.len() / 2], ZipLimits::default(), |_| true),
            Err(ParseError::Shape { .. })
        ));
    }
}
