//! Counts, and what one says of many.

/// Many counts.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<usize>);

impl Sample {
    pub fn push(&mut self, count: usize) {
        self.0.push(count);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<usize>() as f64 / self.0.len() as f64
    }

    /// Standard deviation by mean.
    pub fn spread(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.0.iter().map(|count| (*count as f64 - mean).powi(2)).sum();
        (squares / self.0.len() as f64).sqrt() / mean
    }

    /// The count that this share of all counts does not exceed.
    pub fn at(&self, share: f64) -> usize {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[((sorted.len() - 1) as f64 * share) as usize]
    }

    pub fn max(&self) -> usize {
        self.at(1.0)
    }
}

impl FromIterator<usize> for Sample {
    fn from_iter<I: IntoIterator<Item = usize>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}
