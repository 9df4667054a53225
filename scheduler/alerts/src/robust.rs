//! Robust statistics: a usual range that a few odd days cannot bend.

/// Scales the median absolute deviation to the standard deviation of a normal
/// distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// The usual range of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Its median.
    pub median: f64,
    /// Half the width of the range.
    pub half_width: f64,
}

impl Range {
    /// From past figures: the median, and `width` robust standard deviations
    /// around it, but at least `floor`. None without figures.
    #[must_use]
    pub fn of(figures: &[f64], width: f64, floor: f64) -> Option<Self> {
        let center = median(figures)?;
        let deviations: Vec<f64> = figures.iter().map(|f| (f - center).abs()).collect();
        let mad = median(&deviations)?;
        Some(Self { median: center, half_width: (width * MAD_TO_SIGMA * mad).max(floor) })
    }

    /// The least usual figure.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.median - self.half_width
    }

    /// The greatest usual figure.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.median + self.half_width
    }

    /// The figure is in the range.
    #[must_use]
    pub fn holds(&self, figure: f64) -> bool {
        figure >= self.low() && figure <= self.high()
    }
}

/// The median; of an even number of figures the mean of the two in the middle.
#[must_use]
pub fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.iter().copied().filter(|f| f.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// A count as a figure.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
pub fn figure(count: u64) -> f64 {
    count as f64
}

/// Part of a whole, 0 where the whole is nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { figure(part) / figure(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_day_does_not_widen_the_range() {
        let quiet = [0.0, 0.1, -0.1, 0.05, -0.05, 0.0, 0.1];
        let mut odd = quiet.to_vec();
        odd[3] = -40.0;
        let (a, b) = (Range::of(&quiet, 5.0, 0.0).unwrap(), Range::of(&odd, 5.0, 0.0).unwrap());
        assert!(b.half_width <= 2.0 * a.half_width, "{a:?} {b:?}");
        assert!(!b.holds(-40.0));
    }

    #[test]
    fn a_figure_that_never_moved_gets_the_floor() {
        let range = Range::of(&[3.0; 9], 5.0, 0.02).unwrap();
        assert_eq!((range.low(), range.high()), (2.98, 3.02));
        assert_eq!(Range::of(&[], 5.0, 0.02), None);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }
}
