//! Counters, gauges and histograms by name, and their text form for Prometheus.

use std::collections::{BTreeMap, HashMap};

use prometheus::core::Collector;
use prometheus::{CounterVec, GaugeVec, HistogramOpts, HistogramVec, Opts, TextEncoder};

/// What a family of numbers is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by upper bounds, ascending, in the family's unit.
    Histogram(&'static [f64]),
}

/// A family: what is the same for all its label values.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Name, with its unit.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// What it says, for people.
    pub help: &'static str,
}

/// All numbers of the process. Families are known beforehand, so that a name
/// has one meaning; a number of an unknown family or with other labels is
/// dropped.
#[derive(Debug, Default)]
pub struct Registry {
    numbers: prometheus::Registry,
    families: BTreeMap<&'static str, Numbers>,
}

#[derive(Debug)]
enum Numbers {
    Counter(CounterVec),
    Gauge(GaugeVec),
    Histogram(HistogramVec),
}

/// Names and values.
type Labels<'a> = [(&'a str, &'a str)];

impl Registry {
    /// With these families.
    pub fn new(families: impl IntoIterator<Item = Family>) -> Self {
        let mut registry = Self::default();
        for family in families {
            let added = registry.register(family);
            debug_assert!(added.is_ok(), "{}: {added:?}", family.name);
        }
        registry
    }

    fn register(&mut self, family: Family) -> prometheus::Result<()> {
        let Family { name, kind, labels, help } = family;
        let numbers = match kind {
            Kind::Counter => Numbers::Counter(CounterVec::new(Opts::new(name, help), labels)?),
            Kind::Gauge => Numbers::Gauge(GaugeVec::new(Opts::new(name, help), labels)?),
            Kind::Histogram(bounds) => {
                let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
                Numbers::Histogram(HistogramVec::new(options, labels)?)
            }
        };
        self.numbers.register(numbers.collector())?;
        self.families.insert(name, numbers);
        Ok(())
    }

    /// Adds to a counter.
    pub fn add(&self, name: &str, labels: &Labels<'_>, by: f64) {
        if let Some(Numbers::Counter(counters)) = self.family(name)
            && let Some(counter) = fitting(name, counters.get_metric_with(&by_name(labels)))
        {
            counter.inc_by(by.max(0.0));
        }
    }

    /// Sets a gauge.
    pub fn set(&self, name: &str, labels: &Labels<'_>, value: f64) {
        if let Some(Numbers::Gauge(gauges)) = self.family(name)
            && let Some(gauge) = fitting(name, gauges.get_metric_with(&by_name(labels)))
        {
            gauge.set(value);
        }
    }

    /// Enters one observation into a histogram.
    pub fn observe(&self, name: &str, labels: &Labels<'_>, value: f64) {
        if let Some(Numbers::Histogram(histograms)) = self.family(name)
            && let Some(histogram) = fitting(name, histograms.get_metric_with(&by_name(labels)))
        {
            histogram.observe(value);
        }
    }

    /// Forgets all numbers of a family, before it is told anew.
    pub fn clear(&self, name: &str) {
        match self.family(name) {
            Some(Numbers::Counter(numbers)) => numbers.reset(),
            Some(Numbers::Gauge(numbers)) => numbers.reset(),
            Some(Numbers::Histogram(numbers)) => numbers.reset(),
            None => {}
        }
    }

    /// The text format 0.0.4, families by name. Those without a number are left
    /// out.
    pub fn render(&self) -> String {
        let text = TextEncoder::new().encode_to_string(&self.numbers.gather());
        text.unwrap_or_else(|e| format!("# {e}\n"))
    }

    fn family(&self, name: &str) -> Option<&Numbers> {
        let family = self.families.get(name);
        debug_assert!(family.is_some(), "{name} is no family of this registry");
        family
    }
}

impl Numbers {
    fn collector(&self) -> Box<dyn Collector> {
        match self {
            Self::Counter(numbers) => Box::new(numbers.clone()),
            Self::Gauge(numbers) => Box::new(numbers.clone()),
            Self::Histogram(numbers) => Box::new(numbers.clone()),
        }
    }
}

fn by_name<'a>(labels: &Labels<'a>) -> HashMap<&'a str, &'a str> {
    labels.iter().copied().collect()
}

fn fitting<T>(name: &str, number: prometheus::Result<T>) -> Option<T> {
    debug_assert!(number.is_ok(), "labels of {name}: {:?}", number.as_ref().err());
    number.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        Registry::new([
            Family {
                name: "a_total",
                kind: Kind::Counter,
                labels: &["source", "status"],
                help: "Counts\na \\ b.",
            },
            Family {
                name: "b_seconds",
                kind: Kind::Histogram(&[1.0, 2.5]),
                labels: &[],
                help: "Times.",
            },
            Family { name: "c", kind: Kind::Gauge, labels: &[], help: "Is \"so\"." },
            Family { name: "d", kind: Kind::Gauge, labels: &[], help: "Never told." },
        ])
    }

    #[test]
    fn the_text_is_that_of_the_format() {
        let registry = registry();
        registry.add("a_total", &[("source", "x"), ("status", "ok")], 1.0);
        registry.add("a_total", &[("source", "x"), ("status", "ok")], 2.0);
        registry.add("a_total", &[("source", "a\"b\\c\nd"), ("status", "ok")], 0.5);
        registry.observe("b_seconds", &[], 1.0);
        registry.observe("b_seconds", &[], 2.0);
        registry.observe("b_seconds", &[], 9.0);
        registry.set("c", &[], 7.0);
        registry.set("c", &[], -3.0);
        assert_eq!(
            registry.render(),
            "# HELP a_total Counts\\na \\\\ b.\n\
             # TYPE a_total counter\n\
             a_total{source=\"a\\\"b\\\\c\\nd\",status=\"ok\"} 0.5\n\
             a_total{source=\"x\",status=\"ok\"} 3\n\
             # HELP b_seconds Times.\n\
             # TYPE b_seconds histogram\n\
             b_seconds_bucket{le=\"1\"} 1\n\
             b_seconds_bucket{le=\"2.5\"} 2\n\
             b_seconds_bucket{le=\"+Inf\"} 3\n\
             b_seconds_sum 12\n\
             b_seconds_count 3\n\
             # HELP c Is \"so\".\n\
             # TYPE c gauge\n\
             c -3\n"
        );
    }

    #[test]
    fn a_counter_never_falls_and_a_cleared_family_is_gone() {
        let registry = registry();
        registry.add("a_total", &[("source", "x"), ("status", "ok")], 2.0);
        registry.add("a_total", &[("source", "x"), ("status", "ok")], -1.0);
        assert!(registry.render().contains("a_total{source=\"x\",status=\"ok\"} 2\n"));
        registry.clear("a_total");
        assert_eq!(registry.render(), "");
        registry.set("c", &[], f64::INFINITY);
        // As Go's ParseFloat reads it, which is what the format asks for.
        assert!(registry.render().contains("c inf\n"));
    }
}
