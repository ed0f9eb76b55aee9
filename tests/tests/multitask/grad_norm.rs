//! GradNorm: weights that keep their sum, and the norms they lead to.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use autograd::{Seed, Tape, task_gradients};
use multitask::balance::GradNorm;
use multitask::shared::{Hard, HardNetwork};
use multitask::{Balancer, Error, Joint, Losses, Network, Weighing, Weights};
use nn::train::{Description, Recipe, Run};
use proptest::collection::vec;
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{fitted_jointly, plan, run, smooth, tables};

/// Weights, norms and what is left of the losses, of several tasks.
fn tasks(count: Range<usize>) -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
    vec((0.01..3.0_f64, 0.001..1000.0_f64, 0.01..2.0_f64), count)
}

fn columns(tasks: &[(f64, f64, f64)]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (weights, rest): (Vec<f64>, Vec<_>) = tasks.iter().map(|&(w, n, l)| (w, (n, l))).unzip();
    let (norms, left) = rest.into_iter().unzip();
    (weights, norms, left)
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn weights_stay_above_0_and_keep_their_sum(
        tasks in tasks(1..6), alpha in 0.0..3.0, weight_rate in 0.0..1.0
    ) {
        let (weights, norms, left) = columns(&tasks);
        let stepped = GradNorm { alpha, weight_rate }.step(&weights, &norms, &left);
        let (before, after): (f64, f64) = (weights.iter().sum(), stepped.iter().sum());
        prop_assert!((before - after).abs() < 1e-14 * before, "{before} and {after}"); // five roundings
        prop_assert!(stepped.iter().all(|&w| w > 0.0), "{:?}", stepped);
    }

    #[test]
    fn identical_tasks_keep_1(count in 1..8_usize, norm in 0.001..1000.0, left in 0.0..2.0) {
        let mut weights = vec![1.0; count];
        for _ in 0..100 {
            weights = GradNorm::default().step(&weights, &vec![norm; count], &vec![left; count]);
        }
        for weight in weights {
            prop_assert!((weight - 1.0).abs() < 1e-13, "{weight}"); // a hundred roundings
        }
    }

    #[test]
    fn without_alpha_the_weighted_norms_become_equal(norms in vec(0.01..100.0_f64, 2..6)) {
        let (rate, left) = (0.01, vec![1.0; norms.len()]);
        let balancer = GradNorm { alpha: 0.0, weight_rate: rate };
        let mut weights = vec![1.0; norms.len()];
        for _ in 0..4000 {
            weights = balancer.step(&weights, &norms, &left);
        }
        let weighted = weights.iter().zip(&norms).map(|(w, n)| w * n);
        let (least, most) = weighted.fold((f64::MAX, 0.0_f64), |(l, m), x| (l.min(x), m.max(x)));
        // Steps do not become smaller: one moves a norm near the mean by the rate, to the other side.
        prop_assert!((most / least).ln() < 4.0 * rate, "{least} to {most}");
    }

    #[test]
    fn a_step_is_along_the_papers_gradient_in_the_logarithms(tasks in tasks(2..6), alpha in 0.0..3.0) {
        let (weights, norms, left) = columns(&tasks);
        let count = weights.len() as f64;
        let mean = |x: &[f64]| x.iter().sum::<f64>() / count;
        let weighted: Vec<f64> = weights.iter().zip(&norms).map(|(w, n)| w * n).collect();
        let targets: Vec<f64> =
            left.iter().map(|l| mean(&weighted) * (l / mean(&left)).powf(alpha)).collect();
        // No kink of an absolute value within reach of the differences.
        prop_assume!(weighted.iter().zip(&targets).all(|(w, t)| (w - t).abs() > 1e-2 * w));
        let loss = |logarithms: &[f64]| -> f64 {
            let norms = logarithms.iter().zip(&norms).map(|(log, n)| log.exp() * n);
            norms.zip(&targets).map(|(norm, target)| (norm - target).abs()).sum()
        };
        let logarithms: Vec<f64> = weights.iter().map(|w| w.ln()).collect();
        let slope = |task: usize| {
            let at = |by: f64| {
                let mut moved = logarithms.clone();
                moved[task] += by;
                loss(&moved)
            };
            (at(1e-4) - at(-1e-4)) / 2e-4
        };
        let rate = 1e-3;
        let stepped = GradNorm { alpha, weight_rate: rate }.step(&weights, &norms, &left);
        let moved = |task: usize| (stepped[task] / weights[task]).ln() / rate;
        for task in 0..weights.len() {
            // All logarithms are shifted alike when the weights are scaled back to their sum.
            let (own, paper) = (moved(task) - moved(0), slope(0) - slope(task));
            let paper = paper / mean(&weighted);
            // Central differences over 1e-4 of an exponential: 1e-8 of slopes up to 5.
            prop_assert!((own - paper).abs() < 1e-6, "{own} and {paper}");
        }
    }
}

#[test]
fn a_step_by_hand() {
    // Weighted norms 3 and 1, mean 2; losses 1/2 and 1 of the first, 2/3 and 4/3 of their mean. With
    // alpha 1 the targets are 4/3 and 8/3: the first is above by slope 3/2, the second below by 1/2.
    let stepped =
        GradNorm { alpha: 1.0, weight_rate: 0.1 }.step(&[1.0, 1.0], &[3.0, 1.0], &[0.5, 1.0]);
    let (first, second) = ((-0.15_f64).exp(), 0.05_f64.exp());
    let expected = [2.0 * first / (first + second), 2.0 * second / (first + second)];
    for (weight, expected) in stepped.iter().zip(expected) {
        assert!((weight - expected).abs() < 1e-15); // two roundings
    }
}

#[test]
fn a_task_that_lags_behind_gains_weight_and_with_alpha_0_it_does_not() {
    let step = |alpha| {
        GradNorm { alpha, ..GradNorm::default() }.step(&[1.0, 1.0], &[2.0, 2.0], &[0.2, 0.9])
    };
    assert!(step(1.5)[1] > 1.0);
    assert_eq!(step(0.0), [1.0, 1.0]);
}

#[test]
fn progress_is_measured_from_the_first_loss_and_an_absent_task_keeps_its_weight() {
    let balancer = GradNorm::default();
    let mut weighing = balancer.begin(3, Seed::new(0)).unwrap();
    let mut weights = |tasks: &[usize], values: &[f64]| {
        let norms = |i: usize| (tasks[i] + 1) as f64;
        let n = tasks.len();
        let entry = |at: usize| if at / n == at % n { norms(at / n).powi(2) } else { 0.5 };
        let gramian = || (0..n * n).map(entry).collect::<Vec<f64>>();
        let at = Losses { step: 0, tasks, values, of_gradients: &gramian };
        weighing.weights(&at).unwrap()
    };
    assert_eq!(weights(&[0, 2], &[4.0, 10.0]), Weights::OfLosses(vec![1.0, 1.0]));
    // The step before showed tasks 0 and 2, both at their first losses: nothing is gained yet.
    let after = balancer.step(&[1.0, 1.0], &[1.0, 3.0], &[1.0, 1.0]);
    assert_eq!(weights(&[1], &[5.0]), Weights::OfLosses(vec![1.0]));
    assert_eq!(
        weights(&[0, 1, 2], &[2.0, 5.0, 10.0]),
        Weights::OfLosses(vec![after[0], 1.0, after[1]])
    );
    let then = balancer.step(&[after[0], 1.0, after[1]], &[1.0, 2.0, 3.0], &[0.5, 1.0, 1.0]);
    assert_eq!(weights(&[0, 1, 2], &[1.0, 1.0, 1.0]), Weights::OfLosses(then));
}

#[test]
fn a_first_loss_of_0_counts_as_left_and_without_gradients_no_weight_moves() {
    let mut weighing = GradNorm::default().begin(2, Seed::new(0)).unwrap();
    let no_gradient = || vec![0.0; 4];
    for step in 0..3 {
        let (tasks, values) = (&[0, 1], &[0.0, 0.0]);
        let at = Losses { step, tasks, values, of_gradients: &no_gradient };
        assert_eq!(weighing.weights(&at).unwrap(), Weights::OfLosses(vec![1.0, 1.0]));
    }
    // A loss that begins at 0 and grows has no share that is left: it counts as 1.
    let gramian = || vec![9.0, 0.0, 0.0, 1.0];
    let mut weights = |values: &[f64]| {
        let at = Losses { step: 3, tasks: &[0, 1], values, of_gradients: &gramian };
        weighing.weights(&at).unwrap()
    };
    weights(&[5.0, 7.0]);
    let expected = GradNorm::default().step(&[1.0, 1.0], &[3.0, 1.0], &[1.0, 1.0]);
    assert_eq!(weights(&[5.0, 7.0]), Weights::OfLosses(expected));
}

/// GradNorm, and what it gave.
struct Recorded {
    balancer: GradNorm,
    given: Arc<Mutex<Vec<Vec<f64>>>>,
}
impl Balancer for Recorded {
    fn describe(&self) -> Description {
        self.balancer.describe()
    }
    fn reads_gradients(&self) -> bool {
        true
    }
    fn begin(&self, tasks: usize, seed: Seed) -> Result<Box<dyn Weighing>, Error> {
        let given = self.given.clone();
        Ok(Box::new(Recording { weighing: self.balancer.begin(tasks, seed)?, given }))
    }
}
struct Recording {
    weighing: Box<dyn Weighing>,
    given: Arc<Mutex<Vec<Vec<f64>>>>,
}
impl Weighing for Recording {
    fn weights(&mut self, at: &Losses<'_>) -> Result<Weights, Error> {
        let weights = self.weighing.weights(at)?;
        if let Weights::OfLosses(weights) = &weights {
            self.given.lock().unwrap().push(weights.clone());
        }
        Ok(weights)
    }
}

/// The weights of every step of a training.
fn weights_of(balancer: GradNorm, run: &Run<'_, f64>) -> Vec<Vec<f64>> {
    let given = Arc::new(Mutex::new(vec![]));
    let joint = Joint::of(Hard).balanced_by(Recorded { balancer, given: given.clone() });
    fitted_jointly(&joint, &tables(3, run.seed), &smooth(), run).unwrap();
    let given = given.lock().unwrap();
    given.clone()
}

#[test]
fn in_a_training_the_weights_sum_to_the_number_of_tasks_and_move() {
    let given = weights_of(GradNorm::default(), &run(50, Seed::new(3)));
    assert_eq!((given.len(), &given[0]), (50, &vec![1.0; 3]));
    for weights in &given {
        assert!((weights.iter().sum::<f64>() - 3.0).abs() < 1e-13); // fifty roundings
    }
    assert_ne!(given[49], given[0]);
}

#[test]
fn where_the_network_stands_still_its_weighted_gradients_get_equal_norms() {
    let (seed, rate) = (Seed::new(4), 0.01);
    let run = Run::new(Recipe { steps: 500, ..Recipe::at_rate(0.0) }, seed);
    let given = weights_of(GradNorm { alpha: 0.0, weight_rate: rate }, &run);

    let tables = tables::<f64>(3, seed);
    let network = HardNetwork::<f64>::new(&plan(&smooth(), 3, run.weights())).unwrap();
    let tape = Tape::<f64>::default();
    let loss = |task: usize| {
        let data = &tables[task].data;
        let labels = data.labels().complete().unwrap();
        network.forward(tape.constant(&data.features), &[task])[0].cross_entropy(&labels)
    };
    let gramian = task_gradients(&[loss(0), loss(1), loss(2)], &network.shared()).gramian();
    let norms: Vec<f64> = (0..3).map(|task| gramian.as_slice()[4 * task].sqrt()).collect();
    let spread = |weights: &[f64]| {
        let weighted: Vec<f64> = weights.iter().zip(&norms).map(|(w, n)| w * n).collect();
        let most = weighted.iter().copied().fold(0.0, f64::max);
        (most / weighted.iter().copied().fold(f64::MAX, f64::min)).ln()
    };
    assert!(spread(&given[0]) > 8.0 * rate, "the norms of this seed differ from the beginning");
    assert!(spread(&given[499]) < 4.0 * rate, "{:?} for norms {norms:?}", given[499]);
}

#[test]
fn options_out_of_range_are_refused() {
    let refusal = |balancer: GradNorm| {
        let joint = Joint::of(Hard).balanced_by(balancer);
        let refused = fitted_jointly(
            &joint,
            &tables::<f32>(2, Seed::new(1)),
            &smooth(),
            &run(1, Seed::new(1)),
        );
        refused.err().map(|error| error.to_string())
    };
    let of = |alpha, weight_rate| refusal(GradNorm { alpha, weight_rate });
    assert_eq!(of(-0.1, 0.1).unwrap(), "alpha is -0.1, but must be between 0 and 100");
    assert_eq!(of(100.5, 0.1).unwrap(), "alpha is 100.5, but must be between 0 and 100");
    assert_eq!(of(1.0, -1.0).unwrap(), "weight_rate is -1, but must be between 0 and 1");
    assert_eq!(of(1.0, f64::NAN).unwrap(), "weight_rate is NaN, but must be between 0 and 1");
    assert!(of(0.0, 0.0).is_none() && of(100.0, 1.0).is_none());
}
