//! Counters, gauges and histograms, and their text form for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

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
    /// What it says, for people.
    pub help: &'static str,
}

/// All numbers of the process. Families are known beforehand, so that a name
/// has one meaning; a number of an unknown family is dropped.
#[derive(Debug)]
pub struct Registry {
    families: Vec<Family>,
    samples: Mutex<BTreeMap<&'static str, BTreeMap<Labels, Sample>>>,
}

/// Names and values, in the order given.
type Labels = Vec<(&'static str, String)>;

#[derive(Clone, Debug)]
enum Sample {
    Number(f64),
    Histogram { counts: Vec<u64>, count: u64, sum: f64 },
}

impl Registry {
    /// With these families, shown in this order.
    pub fn new(families: impl IntoIterator<Item = Family>) -> Self {
        Self { families: families.into_iter().collect(), samples: Mutex::new(BTreeMap::new()) }
    }

    /// Adds to a counter.
    pub fn add(&self, name: &str, labels: &[(&'static str, &str)], by: f64) {
        self.change(name, labels, |sample, _| match sample {
            Sample::Number(n) => *n += by.max(0.0),
            Sample::Histogram { .. } => {}
        });
    }

    /// Sets a gauge.
    pub fn set(&self, name: &str, labels: &[(&'static str, &str)], value: f64) {
        self.change(name, labels, |sample, _| *sample = Sample::Number(value));
    }

    /// Enters one observation into a histogram.
    pub fn observe(&self, name: &str, labels: &[(&'static str, &str)], value: f64) {
        self.change(name, labels, |sample, bounds| {
            if let Sample::Histogram { counts, count, sum } = sample {
                for (n, bound) in counts.iter_mut().zip(bounds) {
                    *n += u64::from(value <= *bound);
                }
                *count += 1;
                *sum += value;
            }
        });
    }

    /// Forgets all numbers of a family, before it is told anew.
    pub fn clear(&self, name: &str) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// The text format 0.0.4. Families without a number are left out.
    pub fn render(&self) -> String {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        for family in &self.families {
            let Some(of_family) = samples.get(family.name).filter(|s| !s.is_empty()) else {
                continue;
            };
            let (name, kind) = (family.name, family.kind.word());
            // Writing to a String cannot fail.
            let _ = writeln!(out, "# HELP {name} {}", escape(family.help, false));
            let _ = writeln!(out, "# TYPE {name} {kind}");
            for (labels, sample) in of_family {
                family.write(&mut out, labels, sample);
            }
        }
        out
    }

    fn change(
        &self,
        name: &str,
        labels: &[(&'static str, &str)],
        change: impl FnOnce(&mut Sample, &[f64]),
    ) {
        let Some(family) = self.families.iter().find(|f| f.name == name) else {
            debug_assert!(false, "{name} is no family of this registry");
            return;
        };
        let labels: Labels = labels.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = samples
            .entry(family.name)
            .or_default()
            .entry(labels)
            .or_insert_with(|| family.kind.zero());
        change(sample, family.kind.bounds());
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }

    fn bounds(self) -> &'static [f64] {
        match self {
            Self::Histogram(bounds) => bounds,
            Self::Counter | Self::Gauge => &[],
        }
    }

    fn zero(self) -> Sample {
        match self {
            Self::Histogram(bounds) => {
                Sample::Histogram { counts: vec![0; bounds.len()], count: 0, sum: 0.0 }
            }
            Self::Counter | Self::Gauge => Sample::Number(0.0),
        }
    }
}

impl Family {
    fn write(&self, out: &mut String, labels: &Labels, sample: &Sample) {
        let name = self.name;
        match sample {
            Sample::Number(value) => {
                let _ = writeln!(out, "{name}{} {}", braces(labels, None), number(*value));
            }
            Sample::Histogram { counts, count, sum } => {
                for (n, bound) in counts.iter().zip(self.kind.bounds()) {
                    let le = number(*bound);
                    let _ = writeln!(out, "{name}_bucket{} {n}", braces(labels, Some(&le)));
                }
                let _ = writeln!(out, "{name}_bucket{} {count}", braces(labels, Some("+Inf")));
                let _ = writeln!(out, "{name}_sum{} {}", braces(labels, None), number(*sum));
                let _ = writeln!(out, "{name}_count{} {count}", braces(labels, None));
            }
        }
    }
}

/// `{source="us_orange_book",le="5"}`, nothing without labels.
fn braces(labels: &Labels, le: Option<&str>) -> String {
    let all = labels.iter().map(|(n, v)| (*n, v.as_str())).chain(le.map(|le| ("le", le)));
    let pairs: Vec<String> = all.map(|(n, v)| format!("{n}=\"{}\"", escape(v, true))).collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

/// As the format wants it: `\` and line feeds, in label values `"` as well.
fn escape(text: &str, quotes: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quotes { text.replace('"', "\\\"") } else { text }
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        Registry::new([
            Family { name: "a_total", kind: Kind::Counter, help: "Counts\na \\ b." },
            Family { name: "b_seconds", kind: Kind::Histogram(&[1.0, 2.5]), help: "Times." },
            Family { name: "c", kind: Kind::Gauge, help: "Is \"so\"." },
            Family { name: "d", kind: Kind::Gauge, help: "Never told." },
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
        registry.add("a_total", &[], 2.0);
        registry.add("a_total", &[], -1.0);
        assert!(registry.render().contains("a_total 2\n"));
        registry.clear("a_total");
        assert_eq!(registry.render(), "");
        registry.set("c", &[], f64::INFINITY);
        assert!(registry.render().contains("c +Inf\n"));
    }
}
