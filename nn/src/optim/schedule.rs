//! Learning rates as functions of the step.

use serde::{Deserialize, Serialize};

use crate::Error;

/// A learning rate for every step: a pure function of the step's number, counted from 0.
///
/// Nothing is carried along, so training that is stopped and resumed has the rates of training
/// that is not. The loop stays in sight, and the groups of an optimiser keep their ratio:
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{Linear, Module, Optimizer, Schedule, Seed, Sgd};
/// let seed = Seed::new(1);
/// let model = Linear::new(2, 3, seed);
/// let (x, labels) = (Tensor::new([2, 2], vec![1.0_f32, 0.0, 0.0, 1.0]), [0, 2]);
/// let schedule = Schedule::Cosine { rate: 0.5, minimum: 0.0, steps: 100 };
/// let mut optimizer = Sgd::new(&model, schedule.at(0));
/// for step in 0..100 {
///     let tape = Tape::training(seed.child(step));
///     let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
///     optimizer.set_learning_rate(schedule.at(step));
///     optimizer.step(nn::finite(&model, loss, step)?.backward());
/// }
/// assert_eq!(schedule.at(50), 0.25);
/// # Ok::<(), nn::Error>(())
/// ```
///
/// After their last step, schedules that have one keep its rate.
#[doc(alias = "lr_scheduler")]
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Schedule {
    /// Always the same rate.
    #[doc(alias = "ConstantLR")]
    Constant {
        /// The rate.
        rate: f64,
    },
    /// `rate * factor^floor(step / period)`.
    #[doc(alias = "StepLR")]
    Step {
        /// The first rate.
        rate: f64,
        /// After how many steps the rate changes.
        period: usize,
        /// By how much.
        factor: f64,
    },
    /// `rate * factor^step`.
    #[doc(alias = "ExponentialLR")]
    Exponential {
        /// The first rate.
        rate: f64,
        /// How much of the rate a step leaves.
        factor: f64,
    },
    /// Half a cosine from `rate` down to `minimum`:
    /// `minimum + (rate - minimum) (1 + cos(pi step / steps)) / 2`.
    ///
    /// # Source
    /// Loshchilov and Hutter 2017, equation 5, without restarts.
    #[doc(alias = "CosineAnnealingLR")]
    Cosine {
        /// The first rate.
        rate: f64,
        /// The last rate.
        minimum: f64,
        /// How many steps it takes.
        steps: usize,
    },
    /// A short straight rise to `rate` and a long straight fall, both from and to `rate / ratio`:
    /// with `peak = floor(cut * steps)`, `rate (1 + p (ratio - 1)) / ratio`, where `p` is
    /// `step / peak` before the peak and `(steps - step) / (steps - peak)` after it.
    ///
    /// # Source
    /// Howard and Ruder 2018, equation 3. There the fall is `1 - (step - peak) / (peak (1 / cut -
    /// 1))`, which is the same if `cut * steps` is whole, and else ends elsewhere, below 0 even.
    SlantedTriangular {
        /// The highest rate.
        rate: f64,
        /// How many steps it takes.
        steps: usize,
        /// Which share of the steps rises.
        cut: f64,
        /// How many times lower the lowest rate is.
        ratio: f64,
    },
    /// `rate / (1 + alpha p)^power` with `p = step / steps`, the share of training that is done.
    ///
    /// # Source
    /// Ganin et al. 2016, section 5.2.2.
    Inverse {
        /// The first rate.
        rate: f64,
        /// How many steps it takes.
        steps: usize,
        /// How far it falls.
        alpha: f64,
        /// How fast.
        power: f64,
    },
    /// Another schedule times a factor that rises in a straight line from `start` to 1 in `steps`
    /// steps and stays there. The other schedule counts its steps from the first one too.
    #[doc(alias = "LinearLR")]
    WarmUp {
        /// The first factor.
        start: f64,
        /// How many steps the rise takes.
        steps: usize,
        /// The schedule that is warmed up.
        then: Box<Schedule>,
    },
}

impl Schedule {
    /// The slanted triangle with its authors' share and ratio: a tenth of the steps rises, by 32.
    pub fn slanted_triangular(rate: f64, steps: usize) -> Self {
        Schedule::SlantedTriangular { rate, steps, cut: 0.1, ratio: 32.0 }
    }

    /// `rate / (1 + 10 p)^0.75`, as in adversarial domain adaptation.
    pub fn inverse(rate: f64, steps: usize) -> Self {
        Schedule::Inverse { rate, steps, alpha: 10.0, power: 0.75 }
    }

    /// This schedule, warmed up from this factor in so many steps.
    ///
    /// ```
    /// use nn::Schedule;
    /// let schedule = Schedule::Constant { rate: 0.5 }.warmed_up(0.0, 4);
    /// let rates: Vec<f64> = (0..6).map(|step| schedule.at(step)).collect();
    /// assert_eq!(rates, [0.0, 0.125, 0.25, 0.375, 0.5, 0.5]);
    /// ```
    pub fn warmed_up(self, start: f64, steps: usize) -> Self {
        Schedule::WarmUp { start, steps, then: Box::new(self) }
    }

    /// The rate of this step.
    pub fn at(&self, step: usize) -> f64 {
        let now = step as f64;
        match *self {
            Schedule::Constant { rate } => rate,
            Schedule::Step { rate, period, factor } => {
                rate * factor.powf((step / period.max(1)) as f64)
            }
            Schedule::Exponential { rate, factor } => rate * factor.powf(now),
            Schedule::Cosine { rate, minimum, steps } => {
                let half_turn = std::f64::consts::PI * share(now, steps as f64);
                minimum + (rate - minimum) * (1.0 + half_turn.cos()) / 2.0
            }
            Schedule::SlantedTriangular { rate, steps, cut, ratio } => {
                let steps = steps as f64;
                let peak = (cut * steps).floor();
                let height =
                    if now < peak { now / peak } else { 1.0 - share(now - peak, steps - peak) };
                rate * (1.0 + height * (ratio - 1.0)) / ratio
            }
            Schedule::Inverse { rate, steps, alpha, power } => {
                rate / (1.0 + alpha * share(now, steps as f64)).powf(power)
            }
            Schedule::WarmUp { start, steps, ref then } => {
                then.at(step) * (start + (1.0 - start) * share(now, steps as f64))
            }
        }
    }

    /// Whether every step has a rate that is finite and not negative: for schedules that come from
    /// outside.
    ///
    /// # Errors
    /// If a number is not finite or negative, a period is 0, a share is above 1 or a ratio below 1.
    pub fn check(&self) -> Result<(), Error> {
        let within = |value: f64, least: f64, most: f64| (least..=most).contains(&value);
        let positive = |value: f64| within(value, 0.0, f64::MAX);
        let sound = match *self {
            Schedule::Constant { rate } => positive(rate),
            Schedule::Step { rate, period, factor } => {
                positive(rate) && period > 0 && within(factor, 0.0, 1.0)
            }
            Schedule::Exponential { rate, factor } => positive(rate) && within(factor, 0.0, 1.0),
            Schedule::Cosine { rate, minimum, .. } => positive(rate) && positive(minimum),
            Schedule::SlantedTriangular { rate, cut, ratio, .. } => {
                positive(rate) && within(cut, 0.0, 1.0) && within(ratio, 1.0, f64::MAX)
            }
            Schedule::Inverse { rate, alpha, power, .. } => {
                positive(rate) && positive(alpha) && positive(power)
            }
            Schedule::WarmUp { start, ref then, .. } => {
                then.check()?;
                within(start, 0.0, 1.0)
            }
        };
        if sound { Ok(()) } else { Err(Error::Schedule(format!("{self:?}"))) }
    }
}

/// How much of a way of `length` is done, 1 from its end on.
fn share(done: f64, length: f64) -> f64 {
    if done < length { done / length } else { 1.0 }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the first and the last rates are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_slanted_triangle_has_its_authors_values() {
        let schedule = Schedule::slanted_triangular(0.01, 100);
        for (step, rate) in [
            (0, 3.125e-4),
            (5, 5.156_25e-3),
            (10, 0.01),
            (55, 5.156_25e-3),
            (100, 3.125e-4),
            (1000, 3.125e-4),
        ] {
            // A few roundings of numbers below 0.01.
            assert!((schedule.at(step) - rate).abs() < 1e-17, "step {step}: {}", schedule.at(step));
        }
    }

    #[test]
    fn a_slanted_triangle_of_any_length_stays_between_its_two_rates() {
        for steps in 0..60 {
            let schedule = Schedule::slanted_triangular(1.0, steps);
            let rates: Vec<f64> = (0..=steps).map(|step| schedule.at(step)).collect();
            assert!(rates.iter().all(|rate| (1.0 / 32.0..=1.0).contains(rate)), "{rates:?}");
            assert_eq!(rates[steps], 1.0 / 32.0);
            assert_eq!(rates.contains(&1.0), steps > 0);
        }
    }

    #[test]
    fn schedules_that_end_keep_their_last_rate() {
        let cosine = Schedule::Cosine { rate: 0.5, minimum: 0.125, steps: 10 };
        assert_eq!([cosine.at(0), cosine.at(10), cosine.at(99)], [0.5, 0.125, 0.125]);
        let inverse = Schedule::inverse(1.0, 40);
        assert_eq!([inverse.at(0), inverse.at(41)], [1.0, inverse.at(40)]);
        assert!((inverse.at(40) - 11_f64.powf(-0.75)).abs() < 1e-15);
        assert!((inverse.at(4) - 2_f64.powf(-0.75)).abs() < 1e-15);
    }

    #[test]
    fn json_gives_the_schedule_back() {
        for schedule in [
            Schedule::Step { rate: 0.1, period: 7, factor: 0.5 },
            Schedule::slanted_triangular(0.01, 100).warmed_up(0.1, 10),
        ] {
            let json = serde_json::to_string(&schedule).unwrap();
            assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
        }
    }

    #[test]
    fn numbers_are_taken_up_to_the_ends_of_their_ranges_and_no_further() {
        let sizes = |of: &dyn Fn(f64) -> Schedule, most: f64| {
            for end in [0.0, most] {
                assert!(of(end).check().is_ok(), "{end}");
            }
            for beyond in [-f64::MIN_POSITIVE, most.next_up(), f64::NAN] {
                assert!(of(beyond).check().is_err(), "{beyond}");
            }
        };
        let (rate, steps) = (0.1, 9);
        sizes(&|rate| Schedule::Constant { rate }, f64::MAX);
        sizes(&|rate| Schedule::Step { rate, period: 1, factor: 0.5 }, f64::MAX);
        sizes(&|factor| Schedule::Step { rate, period: 1, factor }, 1.0);
        sizes(&|rate| Schedule::Exponential { rate, factor: 0.5 }, f64::MAX);
        sizes(&|factor| Schedule::Exponential { rate, factor }, 1.0);
        sizes(&|rate| Schedule::Cosine { rate, minimum: 0.0, steps }, f64::MAX);
        sizes(&|minimum| Schedule::Cosine { rate, minimum, steps }, f64::MAX);
        sizes(&|rate| Schedule::slanted_triangular(rate, steps), f64::MAX);
        sizes(&|cut| Schedule::SlantedTriangular { rate, steps, cut, ratio: 2.0 }, 1.0);
        sizes(&|rate| Schedule::inverse(rate, steps), f64::MAX);
        sizes(&|alpha| Schedule::Inverse { rate, steps, alpha, power: 1.0 }, f64::MAX);
        sizes(&|power| Schedule::Inverse { rate, steps, alpha: 1.0, power }, f64::MAX);
        sizes(&|start| Schedule::Constant { rate }.warmed_up(start, steps), 1.0);
        let triangle = |ratio| Schedule::SlantedTriangular { rate, steps, cut: 0.1, ratio };
        assert!([1.0, f64::MAX].iter().all(|&ratio| triangle(ratio).check().is_ok()));
        let beyond = [1.0_f64.next_down(), f64::INFINITY, f64::NAN];
        assert!(beyond.iter().all(|&ratio| triangle(ratio).check().is_err()));
    }

    #[test]
    fn a_schedule_without_a_rate_for_every_step_is_refused() {
        let schedule = Schedule::Step { rate: 0.1, period: 0, factor: 0.5 };
        let error = schedule.check().unwrap_err().to_string();
        assert_eq!(
            error,
            "no schedule of learning rates: Step { rate: 0.1, period: 0, factor: 0.5 }"
        );
        let rates = [f64::NAN, -1.0, f64::INFINITY];
        assert!(rates.iter().all(|&rate| Schedule::inverse(rate, 5).check().is_err()));
        let inner = Schedule::Constant { rate: f64::NAN }.warmed_up(0.0, 5);
        assert!(inner.check().is_err());
        assert!(Schedule::slanted_triangular(0.1, 0).check().is_ok());
    }
}
