//! Mapping the regulators' URLs to a mirror and back.

use url::Url;

/// A mirror that serves `https://host/path` as `<base>/host/path`, or none.
#[derive(Clone, Debug)]
pub(crate) struct Gateway(Option<Url>);

impl Gateway {
    pub(crate) fn new(base: Option<Url>) -> Self {
        Self(base)
    }

    pub(crate) fn base(&self) -> Option<&Url> {
        self.0.as_ref()
    }

    /// Where a request for `url` is sent.
    pub(crate) fn to_wire(&self, url: &Url) -> Url {
        let Some(base) = &self.0 else { return url.clone() };
        let mut wire = base.clone();
        let prefix = base.path().trim_end_matches('/');
        wire.set_path(&format!("{prefix}/{}{}", authority(url), url.path()));
        wire.set_query(url.query());
        wire.set_fragment(None);
        wire
    }

    /// The regulator's URL behind a redirect target. Mirrors may answer with
    /// their own absolute URLs; those are mapped back.
    pub(crate) fn to_real(&self, target: Url, scheme: &str) -> Url {
        let Some(base) = &self.0 else { return target };
        if target.origin() != base.origin() {
            return target;
        }
        let prefix = base.path().trim_end_matches('/');
        let Some(rest) = target.path().strip_prefix(prefix).and_then(|r| r.strip_prefix('/'))
        else {
            return target;
        };
        let mut real = format!("{scheme}://{rest}");
        if let Some(query) = target.query() {
            real.push('?');
            real.push_str(query);
        }
        Url::parse(&real).unwrap_or(target)
    }
}

/// Host and, where it is not the usual one, port.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn urls_are_mapped_there_and_back() {
        let gateway = Gateway::new(Some("http://127.0.0.1:8000/mirror/".parse().unwrap()));
        let real: Url = "https://www.fda.gov/media/76860/download?a=%20b&c".parse().unwrap();
        let wire = gateway.to_wire(&real);
        assert_eq!(
            wire.as_str(),
            "http://127.0.0.1:8000/mirror/www.fda.gov/media/76860/download?a=%20b&c"
        );
        assert_eq!(gateway.to_real(wire, "https"), real);
        let other: Url = "https://cdn.example/x".parse().unwrap();
        assert_eq!(gateway.to_real(other.clone(), "https"), other);
        assert_eq!(Gateway::new(None).to_wire(&real), real);
    }
}
