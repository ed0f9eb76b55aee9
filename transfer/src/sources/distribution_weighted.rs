//! Each source is believed where its rows are.

use autograd::{Float, Tensor};
use nn::data::Scale;
use nn::train::{self, Description, Family, Kind, Needs, Outputs, Run, within};
use nn::{Module, Sequential};

use crate::strategy::common_meaning;
use crate::{Error, Fitted, Given, Learnt, Predictor, Strategy};

/// The distribution-weighted rule: the sources' networks as they are, each weighted, for every row
/// anew, by how likely the row is in its source.
///
/// With `D_i` the density of source `i`, `h_i` what its network says and `z` the mixture of sources
/// that the target is taken for: `h(x) = sum_i z_i D_i(x) h_i(x) / sum_j z_j D_j(x)`. For classes
/// `h_i` are probabilities. Nothing is trained, and no row of the target is needed.
///
/// ```
/// use transfer::sources::{Density, DistributionWeighted};
/// let rule = DistributionWeighted { mixture: Some(vec![0.3, 0.7]), ..Default::default() };
/// assert_eq!(rule.density, Density::Gaussian { width: 1.0 });
/// ```
///
/// # Source
/// Mansour, Mohri and Rostamizadeh 2008, section 3: the distribution weighted combining rule. There
/// the densities are given; here they are estimated from the sources' rows. Where all of them are 0
/// the sources count alike, which is the limit of the paper's rule smoothed by a uniform density.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionWeighted {
    /// How the sources' densities are estimated.
    pub density: Density,
    /// Which share of the target is of which source, up to a factor; `None` for equal shares.
    pub mixture: Option<Vec<f64>>,
}

impl Default for DistributionWeighted {
    /// Gaussian kernels of width 1, and equal shares.
    fn default() -> Self {
        Self { density: Density::Gaussian { width: 1.0 }, mixture: None }
    }
}

impl<F: Float> Strategy<F> for DistributionWeighted {
    fn describe(&self) -> Description {
        Description {
            paper: Some(
                "Mansour, Mohri and Rostamizadeh 2008, Domain adaptation with multiple sources",
            ),
            needs: Needs {
                sources: 1..=usize::MAX,
                labelled: false,
                unlabelled: false,
                labels: Kind::Any,
            },
            ..Description::new("distribution-weighted", Family::Sources)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        self.density.check()?;
        let mut sources = vec![];
        for (source, share) in given.sources.iter().zip(self.shares(given.sources.len())?) {
            let examples = source.examples(None, &run)?;
            let (network, rows) = (source.model.clone(), source.data.features.clone());
            let outputs = Outputs::of(&examples, 0);
            sources.push(Weighted { network, rows, outputs, log_share: share.ln() });
        }
        let mut meanings: Vec<Outputs> =
            sources.iter().map(|source| source.outputs.clone()).collect();
        if given.target.labelled.is_some() {
            meanings.push(Outputs::of(&given.examples(&run)?, 0));
        }
        // Each network's numbers leave its own scale before they are mixed.
        let outputs = match common_meaning(meanings)? {
            Outputs::Numbers { name, .. } => Outputs::Numbers { name, scale: Scale::UNSCALED },
            classes @ Outputs::Classes { .. } => classes,
        };
        let rule = Rule { sources, density: self.density };
        let (columns, log, multiply_adds) = (given.columns(), run.log(), rule.multiply_adds());
        let learnt = Learnt::Ensemble(Box::new(rule));
        Ok(Fitted { learnt, outputs, columns, scaler: None, log, trained: 0, multiply_adds })
    }
}

impl DistributionWeighted {
    /// A share for each source.
    fn shares(&self, sources: usize) -> Result<Vec<f64>, Error> {
        let shares = self.mixture.clone().unwrap_or_else(|| vec![1.0; sources]);
        if shares.len() != sources {
            let fault = format!("the mixture has {} shares for {sources} sources", shares.len());
            return Err(Error::Data(fault));
        }
        for &share in &shares {
            within("mixture", share, 0.0..=f64::MAX, "at least 0")?;
        }
        let largest = shares.iter().copied().fold(0.0, f64::max);
        within("mixture's largest share", largest, f64::MIN_POSITIVE..=f64::MAX, "above 0")?;
        Ok(shares)
    }
}

/// How likely a row is where others are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Density {
    /// The share of the rows that are equal to it: for spaces of few points.
    Counts,
    /// A mean of Gaussian kernels around the rows, up to a factor that depends on the width and the
    /// number of columns alone.
    Gaussian {
        /// The deviation of a kernel in every column.
        width: f64,
    },
}

impl Density {
    /// The logarithm of the density of `rows` at each row of `x`.
    ///
    /// # Shapes
    /// `rows`: `[rows, columns]`; `x`: `[points, columns]`; result: one number a point.
    ///
    /// ```
    /// use autograd::Tensor;
    /// use transfer::sources::Density;
    /// let rows = Tensor::new([4, 1], vec![0.0, 1.0, 1.0, 2.0]);
    /// let at = Tensor::new([2, 1], vec![1.0, 3.0]);
    /// assert_eq!(Density::Counts.log_at(&rows, &at), [0.5_f64.ln(), f64::NEG_INFINITY]);
    /// ```
    ///
    /// # Panics
    /// If the numbers of columns differ.
    #[track_caller]
    pub fn log_at<F: Float>(self, rows: &Tensor<F>, x: &Tensor<F>) -> Vec<f64> {
        let (columns, given) = (rows.size(1), x.size(1));
        assert!(columns == given, "a density of {columns} columns cannot be asked for {given}");
        let distance = |row: usize, point: usize| -> f64 {
            let row = &rows.as_slice()[row * columns..][..columns];
            let point = &x.as_slice()[point * columns..][..columns];
            row.iter().zip(point).map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2)).sum()
        };
        let logarithm = |point: usize| {
            let distances = (0..rows.size(0)).map(|row| distance(row, point));
            let kernels = distances.map(|distance| match self {
                Self::Counts if distance == 0.0 => 0.0,
                Self::Counts => f64::NEG_INFINITY,
                Self::Gaussian { width } => -distance / (2.0 * width * width),
            });
            log_sum(&kernels.collect::<Vec<_>>()) - (rows.size(0) as f64).ln()
        };
        (0..x.size(0)).map(logarithm).collect()
    }

    fn check(self) -> Result<(), Error> {
        match self {
            Self::Counts => Ok(()),
            Self::Gaussian { width } => {
                within("width", width, 1e-100..=1e100, "between 1e-100 and 1e100")
            }
        }
    }
}

/// The logarithm of the sum of the exponentials.
fn log_sum(logarithms: &[f64]) -> f64 {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + logarithms.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

/// A source's network, and where it is to be believed.
struct Weighted<F: Float> {
    network: Sequential<F>,
    rows: Tensor<F>,
    outputs: Outputs,
    log_share: f64,
}

struct Rule<F: Float> {
    sources: Vec<Weighted<F>>,
    density: Density,
}

impl<F: Float> Predictor<F> for Rule<F> {
    fn what(&self) -> String {
        format!("a distribution-weighted rule of {} networks", self.sources.len())
    }

    fn outputs(&self, x: &Tensor<F>) -> Tensor<F> {
        let log_shares = self.log_shares(x);
        let said: Vec<Tensor<F>> = self.sources.iter().map(|source| source.says(x)).collect();
        let width = said[0].size(1);
        let numbers = matches!(self.sources[0].outputs, Outputs::Numbers { .. });
        Tensor::from_fn([x.size(0), width], |i| {
            let parts = log_shares.iter().zip(&said);
            let parts =
                parts.map(|(shares, said)| (shares[i / width], said.as_slice()[i].to_f64()));
            F::of(if numbers {
                parts.map(|(log_share, number)| log_share.exp() * number).sum()
            } else {
                log_sum(&parts.map(|(log_share, log)| log_share + log).collect::<Vec<_>>())
            })
        })
    }

    fn multiply_adds(&self) -> usize {
        let of_kernels = usize::from(self.density != Density::Counts);
        let of_source = |source: &Weighted<F>| {
            train::multiply_adds(&source.network) + of_kernels * source.rows.len()
        };
        self.sources.iter().map(of_source).sum()
    }
}

impl<F: Float> Rule<F> {
    /// The logarithm of each source's share in what is said of each row of `x`.
    fn log_shares(&self, x: &Tensor<F>) -> Vec<Vec<f64>> {
        let mut shares: Vec<Vec<f64>> = vec![];
        for source in &self.sources {
            let densities = self.density.log_at(&source.rows, x);
            shares.push(densities.iter().map(|density| source.log_share + density).collect());
        }
        for row in 0..x.size(0) {
            let total = log_sum(&shares.iter().map(|shares| shares[row]).collect::<Vec<_>>());
            let alike = -(shares.len() as f64).ln();
            for shares in &mut shares {
                let none = total == f64::NEG_INFINITY;
                shares[row] = if none { alike } else { shares[row] - total };
            }
        }
        shares
    }
}

impl<F: Float> Weighted<F> {
    /// Logarithms of probabilities, or numbers in their own unit.
    fn says(&self, x: &Tensor<F>) -> Tensor<F> {
        let outputs = self.network.predict(x);
        match self.outputs {
            Outputs::Classes { .. } => outputs.log_softmax(1),
            Outputs::Numbers { .. } => self.outputs.in_own_unit(outputs),
        }
    }
}
