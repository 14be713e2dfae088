//! What several runs say together: median, p90, spread.

/// The times of equal runs, shortest first.
#[derive(Debug)]
pub(super) struct Figures(Vec<f64>);

impl Figures {
    /// Of at least one run.
    pub(super) fn new(mut times: Vec<f64>) -> Figures {
        times.sort_by(f64::total_cmp);
        Figures(times)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn fastest(&self) -> f64 {
        self.0.first().copied().unwrap_or_default()
    }

    pub(super) fn slowest(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// The middle one, or the mean of the two in the middle.
    pub(super) fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        match self.0.len() {
            0 => 0.0,
            length if length % 2 == 1 => self.0[middle],
            _ => f64::midpoint(self.0[middle - 1], self.0[middle]),
        }
    }

    /// The time that nine runs of ten did not exceed (nearest rank).
    pub(super) fn p90(&self) -> f64 {
        let rank = (self.0.len() * 9).div_ceil(10);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The distance between the fastest and the slowest run, in hundredths of the median.
    pub(super) fn spread(&self) -> f64 {
        (self.slowest() - self.fastest()) / self.median().max(f64::MIN_POSITIVE) * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn of_odd_and_even_numbers_of_runs() {
        let odd = Figures::new(vec![3.0, 1.0, 2.0]);
        assert_eq!((odd.median(), odd.p90(), odd.spread()), (2.0, 3.0, 100.0));
        let even = Figures::new(vec![4.0, 1.0, 2.0, 3.0]);
        assert_eq!((even.median(), even.p90()), (2.5, 4.0));
        let ten = Figures::new((1..=10).map(f64::from).collect());
        assert_eq!((ten.p90(), ten.fastest(), ten.slowest()), (9.0, 1.0, 10.0));
        let one = Figures::new(vec![5.0]);
        assert_eq!((one.median(), one.p90(), one.spread()), (5.0, 5.0, 0.0));
    }
}
