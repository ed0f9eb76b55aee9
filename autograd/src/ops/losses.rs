//! Losses: of logits against labels, and of values against targets. Targets are plain tensors.

use super::elementwise::sigmoid;
use super::softmax::sum_and_surplus;
use crate::sum::Running;
use crate::{Float, Shape, Tensor, Var};

/// How the losses of single rows or entries become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reduction {
    /// Their mean; for weighted classes the weighted mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// They stay as they are.
    None,
}

/// What [`Var::cross_entropy_with`] may vary.
///
/// ```
/// use autograd::CrossEntropyConfig;
/// let smoothed = CrossEntropyConfig { label_smoothing: 0.1, ..CrossEntropyConfig::default() };
/// assert!(smoothed.class_weights.is_none());
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CrossEntropyConfig {
    /// How the rows' losses become one.
    pub reduction: Reduction,
    /// In `0..=1`: the share of the label's probability that is spread evenly over all classes.
    pub label_smoothing: f64,
    /// A factor for each class, finite and not negative; a mean divides by the sum of the factors of
    /// the labels.
    pub class_weights: Option<Vec<f64>>,
}

/// Panics unless the logits are a matrix with a row for each of the labels, which it returns.
#[track_caller]
fn check_rows(logits: Shape, labels: usize) -> usize {
    assert!(
        logits.rank() == 2 && logits.axis(0) == labels,
        "cross-entropy needs logits [rows, classes] and a label for each row, not logits {logits} \
         and {labels} labels"
    );
    logits.axis(1)
}
#[track_caller]
fn check_label(row: usize, label: usize, classes: usize, logits: Shape) {
    assert!(
        label < classes,
        "the label {label} of row {row} is not below the {classes} classes of logits {logits}"
    );
}

/// Panics unless smoothing and class weights are in their ranges.
#[track_caller]
fn check_config(config: &CrossEntropyConfig, logits: Shape) {
    let smoothing = config.label_smoothing;
    assert!((0.0..=1.0).contains(&smoothing), "label smoothing {smoothing} is not in 0..=1");
    let Some(weights) = &config.class_weights else { return };
    let n = weights.len();
    assert!(n == logits.axis(1), "{n} class weights do not fit logits {logits}");
    for (class, weight) in weights.iter().enumerate() {
        let fits = weight.is_finite() && *weight >= 0.0;
        assert!(
            fits,
            "class weights are finite and not negative, but that of class {class} is {weight}"
        );
    }
}

/// How many rows of a cross-entropy go through each of its loops together.
const TOGETHER: usize = 32;

impl<F: Float> Var<'_, F> {
    /// The mean over rows of `-log softmax(z)[label]`, in one node whose forward pass leaves the
    /// cotangent of the logits, `(softmax(z) - one-hot(label)) / rows`, behind.
    ///
    /// # Shapes
    /// `self`, the logits `z`: `[rows, classes]`; `labels`: a class index for each row; result: `[]`.
    ///
    /// # Panics
    /// If the logits are no matrix, the numbers of rows differ or are 0, or a label is not below the
    /// number of classes. (Labels that come from outside are checked where they are read.)
    #[doc(alias = "CrossEntropyLoss")]
    #[doc(alias = "log_loss")]
    #[inline]
    #[track_caller]
    pub fn cross_entropy(self, labels: &[usize]) -> Self {
        let z = self.value();
        let shape = z.shape();
        let classes = check_rows(shape, labels.len());
        assert!(!labels.is_empty(), "the mean cross-entropy of no rows has no value");
        for (row, &label) in labels.iter().enumerate() {
            check_label(row, label, classes, shape);
        }
        let mean = F::ONE / F::of(labels.len() as f64);
        // Both parts of a row's loss, `max - z[label]` and `ln(sum(e^(z - max)))`, are at least 0.
        let (mut margins, mut ln_sums) = (Running::new(), Running::new());
        let slope = Tensor::build(shape, |out| {
            let rows = z.as_slice().chunks_exact(classes).zip(labels);
            for (out, (z, &label)) in out.chunks_exact_mut(classes).zip(rows) {
                // A NaN is passed over here and comes back through its own exponential.
                let larger = |max: F, &z: &F| if z > max { z } else { max };
                let max = z.iter().fold(F::NEG_INFINITY, larger);
                out.iter_mut().zip(z).for_each(|(out, &z)| *out = z - max);
                margins.add(-out[label]);
            }
            // One pass over all rows keeps the vector lanes full even with few classes.
            out.iter_mut().for_each(|x| *x = x.exp());
            // Nor does a row wait here for the one before.
            for (out, labels) in out.chunks_mut(TOGETHER * classes).zip(labels.chunks(TOGETHER)) {
                let mut sums = [[F::ZERO; 2]; TOGETHER];
                let rows = out.chunks_exact(classes);
                rows.zip(&mut sums).for_each(|(out, sums)| *sums = sum_and_surplus(out));
                sums[..labels.len()].iter().for_each(|[_, surplus]| ln_sums.add(surplus.ln_1p()));
                let rows = out.chunks_exact_mut(classes).zip(labels);
                for ((out, &label), [sum, surplus]) in rows.zip(sums) {
                    let factor = mean / sum;
                    let rest = if out[label] == F::ONE { surplus } else { sum - out[label] };
                    out.iter_mut().for_each(|x| *x *= factor);
                    out[label] = -rest * factor;
                }
            }
        });
        self.tape()
            .record("cross_entropy", Tensor::scalar((margins.total() + ln_sums.total()) * mean))
            .pullback(self, move |l_bar| slope.clone().scale(l_bar.item()))
    }

    /// Cross-entropy where labels may be missing, classes weighted, labels smoothed.
    ///
    /// A row without a label is left out: it has loss 0 and counts in no mean. If every label is
    /// missing or weighs 0, so that there is no mean, the loss is a constant 0 that nothing depends
    /// on, and gradients are absent.
    /// With smoothing `s`, weights `w` and `q = softmax(z)`, row `i` has the loss
    /// `-(1 - s) w[label] log q[label] - s / classes * sum_c w[c] log q[c]`.
    ///
    /// # Shapes
    /// `self`, the logits: `[rows, classes]`; `labels`: one for each row; result: `[]`, or `[rows]`
    /// without reduction.
    ///
    /// # Panics
    /// As [`Var::cross_entropy`], and if the smoothing is not in `0..=1`, the number of class weights
    /// is not that of the classes, or one of them is negative, infinite or NaN.
    ///
    /// # Source
    /// Szegedy et al. 2016, section 7, for smoothing; weights and means as PyTorch has them.
    #[doc(alias = "ignore_index")]
    #[doc(alias = "label_smoothing")]
    #[track_caller]
    pub fn cross_entropy_with(self, labels: &[Option<usize>], config: &CrossEntropyConfig) -> Self {
        let shape = self.shape();
        let classes = check_rows(shape, labels.len());
        check_config(config, shape);
        let weight = |class: usize| config.class_weights.as_ref().map_or(1.0, |w| w[class]);
        let mut total = Running::new();
        let known = || labels.iter().enumerate().filter_map(|(row, label)| Some((row, (*label)?)));
        for (row, label) in known() {
            check_label(row, label, classes, shape);
            total.add(weight(label));
        }
        // Weights enter a mean in units of their sum, which may be far from 1.
        let unit = if config.reduction == Reduction::Mean { total.total() } else { 1.0 };
        let (spread, own) = (config.label_smoothing / classes as f64, 1.0 - config.label_smoothing);
        let mut targets = vec![F::ZERO; shape.len()];
        for (row, label) in known().filter(|_| unit > 0.0) {
            let target = &mut targets[row * classes..(row + 1) * classes];
            for (class, target) in target.iter_mut().enumerate() {
                *target = F::of(spread * (weight(class) / unit));
            }
            target[label] += F::of(own * (weight(label) / unit));
        }
        let none = targets.iter().all(|&target| target == F::ZERO);
        match config.reduction {
            Reduction::None if none => self.tape().constant(Tensor::zeros([labels.len()])),
            _ if none => self.tape().constant(Tensor::zeros([])),
            Reduction::None => self.target_entropy(&Tensor::new(shape, targets)),
            _ => self.target_entropy(&Tensor::new(shape, targets)).sum(),
        }
    }

    /// Cross-entropy against a distribution over the classes for each row.
    ///
    /// # Shapes
    /// `self`, the logits, and `targets`: `[rows, classes]`; result: `[]`, or `[rows]` without
    /// reduction.
    ///
    /// # Panics
    /// If the shapes differ or are no matrix, or a mean is asked of no rows.
    #[track_caller]
    pub fn cross_entropy_soft(self, targets: &Tensor<F>, reduction: Reduction) -> Self {
        assert!(
            self.shape().rank() == 2 && self.shape() == targets.shape(),
            "cross-entropy needs logits [rows, classes] and targets of that shape, not {} and {}",
            self.shape(),
            targets.shape()
        );
        self.target_entropy(targets).reduced(reduction)
    }

    /// `-sum_c target[c] log softmax(z)[c]` for each row: `z_bar = softmax(z) sum(target) - target`,
    /// times the row's cotangent. A class of target 0 adds 0, even where its logit is `-inf`.
    fn target_entropy(self, targets: &Tensor<F>) -> Self {
        let log_q = self.value().log_softmax(1);
        let term = |log_q: F, target: F| {
            if target == F::ZERO { F::ZERO } else { -target * log_q }
        };
        let rows = log_q.shape().axis(0);
        let value = log_q.clone().zip(targets, term).sum_axes_keep(&[1]).reshape([rows]);
        let sums = targets.clone().sum_axes_keep(&[1]);
        let slope = log_q.exp() * sums - targets.clone();
        self.tape()
            .record("cross_entropy", value)
            .pullback(self, move |l_bar| slope.clone() * l_bar.reshape([rows, 1]))
    }

    /// Reduces the losses of rows or entries.
    #[track_caller]
    fn reduced(self, reduction: Reduction) -> Self {
        match reduction {
            Reduction::Mean => self.mean(),
            Reduction::Sum => self.sum(),
            Reduction::None => self,
        }
    }

    /// Records `f(x, target)` for each entry, whose derivative by `x` is `slope(x, target)`.
    #[track_caller]
    fn against(
        self,
        name: &'static str,
        targets: &Tensor<F>,
        f: impl Fn(F, F) -> F + Sync,
        slope: impl Fn(F, F) -> F + Sync,
    ) -> Self {
        let x = self.value();
        assert!(
            x.shape() == targets.shape(),
            "a loss of values {} needs targets of that shape, not {}",
            x.shape(),
            targets.shape()
        );
        let slope = x.clone().zip(targets, slope);
        self.tape()
            .record(name, x.zip(targets, f))
            .pullback(self, move |y_bar| y_bar * slope.clone())
    }

    /// Binary cross-entropy of logits `z` against targets in `0..=1`, entry by entry:
    /// `-target ln sigmoid(z) - (1 - target) ln sigmoid(-z)`, taken as
    /// `|z|` times what the target misses of the sign's side, plus `ln(1 + e^-|z|)`: exact for every
    /// finite `z`, and never below 0.
    ///
    /// # Shapes
    /// `self` and `targets` alike; result: `[]`, or that shape without reduction.
    ///
    /// # Panics
    /// If the shapes differ, or a mean is asked of no entries.
    #[doc(alias = "binary_cross_entropy_with_logits")]
    #[track_caller]
    pub fn bce_with_logits(self, targets: &Tensor<F>, reduction: Reduction) -> Self {
        let loss = |z: F, t: F| {
            let missed = if z < F::ZERO { t } else { F::ONE - t };
            let margin = if missed == F::ZERO { missed } else { missed * z.abs() };
            margin + (-z.abs()).exp().ln_1p()
        };
        // Above 0 the sigmoid is close to 1, and its distance from 1 is what counts.
        let slope = |z: F, t: F| {
            if z < F::ZERO { sigmoid(z) - t } else { (F::ONE - t) - sigmoid(-z) }
        };
        self.against("bce_with_logits", targets, loss, slope).reduced(reduction)
    }

    /// Squared differences from the targets.
    ///
    /// # Shapes
    /// `self` and `targets` alike; result: `[]`, or that shape without reduction.
    ///
    /// # Panics
    /// If the shapes differ, or a mean is asked of no entries.
    #[doc(alias = "mse_loss")]
    #[doc(alias = "mean_squared_error")]
    #[track_caller]
    pub fn mse(self, targets: &Tensor<F>, reduction: Reduction) -> Self {
        let square = |x: F, t: F| (x - t) * (x - t);
        self.against("mse", targets, square, |x, t| F::of(2.0) * (x - t)).reduced(reduction)
    }

    /// Absolute differences from the targets; the derivative at 0 is 0.
    ///
    /// # Shapes
    /// `self` and `targets` alike; result: `[]`, or that shape without reduction.
    ///
    /// # Panics
    /// If the shapes differ, or a mean is asked of no entries.
    #[doc(alias = "l1_loss")]
    #[doc(alias = "mean_absolute_error")]
    #[track_caller]
    pub fn l1(self, targets: &Tensor<F>, reduction: Reduction) -> Self {
        self.against("l1", targets, |x, t| (x - t).abs(), |x, t| sign(x - t)).reduced(reduction)
    }

    /// `d^2 / 2` for a difference `d` from the target of at most `delta`, else
    /// `delta (|d| - delta / 2)`.
    ///
    /// # Shapes
    /// `self` and `targets` alike; result: `[]`, or that shape without reduction.
    ///
    /// # Panics
    /// If the shapes differ, `delta` is not positive, or a mean is asked of no entries.
    ///
    /// # Source
    /// Huber 1964.
    #[doc(alias = "smooth_l1_loss")]
    #[doc(alias = "huber_loss")]
    #[track_caller]
    pub fn huber(self, targets: &Tensor<F>, delta: F, reduction: Reduction) -> Self {
        assert!(delta > F::ZERO, "Huber's delta is positive, not {delta}");
        let half = F::of(0.5);
        let loss = |x: F, t: F| {
            let d = (x - t).abs();
            if d <= delta { half * d * d } else { delta * (d - half * delta) }
        };
        let slope = |x: F, t: F| {
            let d = x - t;
            if d.abs() <= delta { d } else { delta * sign(d) }
        };
        self.against("huber", targets, loss, slope).reduced(reduction)
    }

    /// The Kullback-Leibler divergence of `q = softmax(z)` from the targets, summed over classes and
    /// averaged over rows: `sum_c target (log target - log q)`; a target of 0 adds 0.
    ///
    /// It is summed as `target (log target - log q) + q - target`, of which every term is at least
    /// 0; what is added is 0 over the classes of a distribution. So the divergence is never below 0,
    /// and that of distributions close together keeps its digits.
    ///
    /// # Shapes
    /// `self`, the logits, and `targets`, distributions: `[rows, classes]`; result: `[]`.
    ///
    /// # Panics
    /// If the shapes differ or are no matrix, or there are no rows.
    #[doc(alias = "kl_div")]
    #[track_caller]
    pub fn kl_divergence(self, targets: &Tensor<F>) -> Self {
        assert!(
            self.shape().rank() == 2 && self.shape() == targets.shape(),
            "cross-entropy needs logits [rows, classes] and targets of that shape, not {} and {}",
            self.shape(),
            targets.shape()
        );
        self.divergence(targets, &targets.clone().ln())
    }

    /// The mean over rows of the divergence from targets whose logarithms are given, too.
    #[track_caller]
    fn divergence(self, targets: &Tensor<F>, ln_targets: &Tensor<F>) -> Self {
        let log_q = self.value().log_softmax(1);
        let q = log_q.clone().exp();
        let differences = ln_targets.clone() - log_q;
        let terms = Tensor::from_fn(q.shape(), |i| {
            let [q, t, difference] = [&q, targets, &differences].map(|x| x.as_slice()[i]);
            divergence_of(q, t, difference)
        });
        let rows = q.shape().axis(0);
        let value = terms.sum_axes_keep(&[1]).reshape([rows]);
        let slope = q * targets.clone().sum_axes_keep(&[1]) - targets.clone();
        self.tape()
            .record("kl_divergence", value)
            .pullback(self, move |l_bar| slope.clone() * l_bar.reshape([rows, 1]))
            .mean()
    }

    /// Distillation: `T^2` times the divergence of the student's softmax at temperature `T` from
    /// the teacher's; 0 between equal logits.
    ///
    /// # Shapes
    /// `self`, the student's logits, and `teacher`, the teacher's: `[rows, classes]`; result: `[]`.
    ///
    /// # Panics
    /// If the shapes differ or are no matrix, there are no rows, or `T` is not positive and finite.
    ///
    /// # Source
    /// Hinton, Vinyals and Dean 2015, section 2; the factor `T^2` keeps the gradient's scale.
    #[track_caller]
    pub fn distillation(self, teacher: &Tensor<F>, temperature: F) -> Self {
        assert!(
            temperature > F::ZERO && temperature.is_finite(),
            "a temperature is positive and finite, not {temperature}"
        );
        assert!(
            self.shape().rank() == 2 && self.shape() == teacher.shape(),
            "distillation needs student's and teacher's logits of one shape, not {} and {}",
            self.shape(),
            teacher.shape()
        );
        let ln_targets = teacher.clone().map(|z| z / temperature).log_softmax(1);
        let targets = ln_targets.clone().exp();
        (self / temperature).divergence(&targets, &ln_targets) * (temperature * temperature)
    }
}

/// `t d + q - t` for `q = t e^-d`, the term of a divergence: at least 0, and 0 at `d = 0`.
///
/// For small `d`, where it is a difference of large numbers, `t` times the series of
/// `e^-d - 1 + d`, whose first term left out is below a rounding.
fn divergence_of<F: Float>(q: F, t: F, d: F) -> F {
    const NEAR: f64 = 0.1;
    if t == F::ZERO {
        return q;
    }
    if d.abs() >= F::of(NEAR) || d.is_nan() {
        return t * d + (q - t);
    }
    // d^2 / 2! - d^3 / 3! + .. = d^2 / 2 (1 - d / 3 (1 - d / 4 (1 - ..)))
    let series = (3..=12).rev().fold(F::ONE, |sum, i| F::ONE - d / F::of(f64::from(i)) * sum);
    t * (d * d * F::of(0.5)) * series
}

/// -1, 0 or 1; NaN stays NaN.
fn sign<F: Float>(x: F) -> F {
    if x > F::ZERO {
        F::ONE
    } else if x < F::ZERO {
        -F::ONE
    } else {
        x * F::ZERO
    }
}
