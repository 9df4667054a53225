//! Numbers that are the same on every machine.

/// A generator of numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    /// One that gives the numbers of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `below`.
    pub fn roll(&mut self, below: usize) -> usize {
        let below = below.max(1) as u64;
        usize::try_from(self.next() % below).unwrap_or(0)
    }

    /// A place among `below`, the first ones far more often: the share of
    /// draws that fall on the first tenth is about a half.
    pub fn skewed(&mut self, below: usize) -> usize {
        const FINE: usize = 1 << 20;
        let fine = self.roll(FINE);
        // The cube of a number between 0 and 1, in whole numbers.
        let cube = fine * fine / FINE * fine / FINE;
        (below * cube / FINE).min(below.saturating_sub(1))
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}
