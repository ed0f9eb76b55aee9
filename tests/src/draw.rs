//! Random cases: a shape, choices that an operation reads as it needs, and entries.

use autograd::{Float, Seed, Tensor};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

/// What one case of a law is made of.
#[derive(Clone, Debug)]
pub struct Draw {
    /// Sizes of up to four axes, 0 and 1 among them.
    pub shape: Vec<usize>,
    /// Numbers below 64, read as axes, sizes, indices or sets of axes.
    pub choices: [usize; 8],
    /// Where the entries come from.
    pub seed: u64,
}

/// Shapes of rank 0 to 4 with sizes 0, 1 and up to 4.
pub fn shapes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![6 => 2..=4_usize, 3 => Just(1), 1 => Just(0)];
    prop::collection::vec(size, 0..=4)
}

/// Cases of any shape.
pub fn draws() -> impl Strategy<Value = Draw> {
    let choices = prop::array::uniform8(0..64_usize);
    (shapes(), choices, any::<u64>()).prop_map(|(shape, choices, seed)| Draw {
        shape,
        choices,
        seed,
    })
}

/// `proptest`'s settings for a law: how many cases, unless the environment's `PROPTEST_CASES` says
/// otherwise, and that failing ones are kept beside the test.
pub fn cases(cases: u32) -> Config {
    let from_environment = std::env::var_os("PROPTEST_CASES").map(|_| Config::default().cases);
    let cases = from_environment.unwrap_or(cases);
    let regressions = FileFailurePersistence::WithSource("regressions");
    Config { cases, failure_persistence: Some(Box::new(regressions)), ..Config::default() }
}

impl Draw {
    /// A case of a given shape, for tests over fixed shapes.
    pub fn of(shape: &[usize]) -> Self {
        Draw { shape: shape.to_vec(), choices: [9, 22, 35, 48, 61, 10, 27, 44], seed: 11 }
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The same case with at least `rank` axes.
    pub fn at_least(&self, rank: usize) -> Self {
        let mut draw = self.clone();
        while draw.rank() < rank {
            draw.shape.push(draw.size(draw.rank()));
        }
        draw
    }

    /// The same case with exactly `rank` axes.
    pub fn exactly(&self, rank: usize) -> Self {
        let mut draw = self.at_least(rank);
        draw.shape.truncate(rank);
        draw
    }

    /// The same case without empty axes among `axes`.
    pub fn filled(&self, axes: &[usize]) -> Self {
        let mut draw = self.clone();
        axes.iter().for_each(|&axis| draw.shape[axis] = draw.shape[axis].max(1));
        draw
    }

    /// A size, chosen: 0 seldom, at most 4.
    pub fn size(&self, which: usize) -> usize {
        [1, 2, 3, 4, 2, 3, 4, 0][self.choices[which % 8] % 8]
    }

    /// One of the axes.
    pub fn axis(&self) -> usize {
        self.choices[0] % self.rank()
    }

    /// Some of the axes, in no particular order.
    pub fn axes(&self) -> Vec<usize> {
        let mut axes: Vec<_> =
            (0..self.rank()).filter(|axis| self.choices[1] >> axis & 1 == 1).collect();
        if self.choices[2] % 2 == 1 {
            axes.reverse();
        }
        axes
    }

    /// A permutation of `0..n`.
    pub fn permutation(&self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.number("permutation", i) as usize % (i + 1));
        }
        order
    }

    /// `n` indices below `bound`, with repeats.
    pub fn indices(&self, n: usize, bound: usize) -> Vec<usize> {
        (0..n).map(|i| self.number("indices", i) as usize % bound).collect()
    }

    /// The bounds of a part of an axis of this size, perhaps of nothing.
    pub fn range(&self, size: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.choices[3] % (size + 1), self.choices[4] % (size + 1));
        a.min(b)..a.max(b)
    }

    /// Two shapes that broadcast to parts of this one: some axes have size 1, and leading ones of
    /// those may be missing.
    pub fn broadcast_pair(&self) -> [Vec<usize>; 2] {
        let squeezed = |ones: usize, drop: usize| {
            let sizes = self.shape.iter().enumerate();
            let sizes: Vec<usize> =
                sizes.map(|(axis, &size)| if ones >> axis & 1 == 1 { 1 } else { size }).collect();
            let leading = sizes.iter().take_while(|&&size| size == 1).count();
            sizes[leading.min(drop)..].to_vec()
        };
        // Half of the cases stretch one operand alone.
        let other = if self.choices[7].is_multiple_of(2) { 0 } else { self.choices[3] };
        [squeezed(self.choices[2], self.choices[4] % 5), squeezed(other, self.choices[5] % 5)]
    }

    fn number(&self, use_of: &str, i: usize) -> u64 {
        Seed::new(self.seed).child(use_of).child(i).value()
    }
}

/// Where an operation is smooth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// Everywhere, except perhaps at multiples of 1/2 and where two entries are equal.
    Real,
    /// Above 0.3.
    Positive,
    /// At least 0.3 away from 0.
    NonZero,
}

/// Entries for tensors of these shapes, all of them different, so that no two tie, and at least
/// 0.002 away from each other (up to some hundred entries) and from multiples of 1/2, where the
/// kinks are.
pub fn inputs<F: Float>(shapes: &[Vec<usize>], domain: Domain, seed: u64) -> Vec<Tensor<F>> {
    let total: usize = shapes.iter().map(|shape| shape.iter().product::<usize>()).sum();
    let draw = Draw { seed, ..Draw::of(&[]) };
    let order = draw.permutation(total);
    let mut used = 0;
    let mut entry = |_| {
        let place = order[used];
        used += 1;
        let jitter = draw.number("jitter", place) as f64 / u64::MAX as f64;
        let u = (place as f64 + 0.25 + 0.5 * jitter) / total as f64;
        F::of(match domain {
            Domain::Real => away_from_halves(4.0 * u - 2.0),
            Domain::Positive => 0.3 + 2.2 * u,
            Domain::NonZero => (4.0 * u - 2.0) + 0.3_f64.copysign(4.0 * u - 2.0),
        })
    };
    shapes.iter().map(|shape| Tensor::from_fn(shape, &mut entry)).collect()
}

fn away_from_halves(x: f64) -> f64 {
    const GAP: f64 = 0.004;
    let nearest = (2.0 * x).round() / 2.0;
    if (x - nearest).abs() < GAP { nearest + GAP.copysign(x - nearest) } else { x }
}
