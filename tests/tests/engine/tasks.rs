//! Laws of the gradients of several tasks.

use autograd::parallel::with_threads;
use autograd::{Gradients, Parameter, Tape, Tensor, Var, task_gradients};
use proptest::collection::vec;
use proptest::prelude::*;
use tests::compare::{bits, close};
use tests::draw::cases;

use crate::{REORDERED, tensor};

/// Shared parameters of unequal shapes, a head for each task, and which task uses what.
#[derive(Clone, Debug)]
struct Drawn {
    sizes: Vec<usize>,
    uses: Vec<Vec<bool>>,
    seed: u64,
}
fn drawn() -> impl Strategy<Value = Drawn> {
    (vec(1..4_usize, 1..5), 1..5_usize, 0..1_000_000_u64).prop_flat_map(|(sizes, tasks, seed)| {
        let uses = vec(vec(any::<bool>(), sizes.len()), tasks);
        uses.prop_map(move |uses| Drawn { sizes: sizes.clone(), uses, seed })
    })
}
struct Model {
    shared: Vec<Parameter<f64>>,
    heads: Vec<Parameter<f64>>,
}
impl Drawn {
    fn model(&self) -> Model {
        let seeds = self.seed..;
        let make = |shape: Vec<usize>, seed| Parameter::new(tensor(&shape, seed));
        let shared = self.sizes.iter().zip(seeds);
        let heads = self.uses.iter().zip(self.seed + 100..);
        Model {
            shared: shared.map(|(&size, seed)| make(vec![size, 2], seed)).collect(),
            heads: heads.map(|(_, seed)| make(vec![2, 1], seed)).collect(),
        }
    }
    /// A loss a task: its head, once bare and once on each shared parameter that it uses.
    fn losses<'t>(&self, model: &Model, tape: &'t Tape<f64>) -> Vec<Var<'t, f64>> {
        let loss = |(head, uses): (&Parameter<f64>, &Vec<bool>)| {
            let head = tape.watch(head);
            let used = model.shared.iter().zip(uses).filter(|(_, used)| **used);
            used.fold(head.sum(), |sum, (shared, _)| {
                sum + tape.watch(shared).matmul(head).tanh().square().sum()
            })
        };
        model.heads.iter().zip(&self.uses).map(loss).collect()
    }
}
fn all_bits(found: &Gradients<f64>, model: &Model) -> Vec<Option<(Vec<usize>, Vec<u64>)>> {
    model.shared.iter().chain(&model.heads).map(|p| found.of(p).map(bits)).collect()
}
/// Leaves spare buffers full of sevens behind, of every length below so many entries.
fn soil(entries: usize) {
    for length in 0..entries {
        drop([0; 4].map(|_| Tensor::<f64>::full([length], 7.0)));
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_row_holds_the_bits_of_the_task_swept_alone_and_zeros_where_it_has_no_part(draw in drawn()) {
        let model = draw.model();
        let tape = Tape::default();
        let losses = draw.losses(&model, &tape);
        soil(32);
        let tasks = task_gradients(&losses, &model.shared);
        prop_assert_eq!(tasks.num_tasks(), losses.len());
        for (task, loss) in losses.iter().enumerate() {
            let alone = loss.backward();
            let mut row = tasks.row(task);
            for shared in &model.shared {
                let (part, rest) = row.split_at(shared.shape().len());
                row = rest;
                let zeros = vec![0.0; part.len()];
                let expected = alone.of(shared).map(Tensor::as_slice);
                prop_assert_eq!(tasks.of(task, shared), expected);
                prop_assert_eq!(part, expected.unwrap_or(&zeros));
                prop_assert!(tasks.own(task).of(shared).is_none());
            }
            prop_assert!(row.is_empty());
            for head in &model.heads {
                prop_assert_eq!(tasks.own(task).of(head).map(bits), alone.of(head).map(bits));
                prop_assert!(tasks.of(task, head).is_none());
            }
        }
    }

    #[test]
    fn combined_with_ones_is_the_sum_of_the_gradients_and_near_that_of_the_summed_loss(draw in drawn()) {
        let model = draw.model();
        let tape = Tape::default();
        let losses = draw.losses(&model, &tape);
        soil(32);
        let ones = vec![1.0; losses.len()];
        let combined = task_gradients(&losses, &model.shared).combined(&ones, &ones);
        let apart = losses.iter().map(|loss| loss.backward()).reduce(|sum, g| sum + g).unwrap();
        prop_assert_eq!(all_bits(&combined, &model), all_bits(&apart, &model));
        let summed = losses.into_iter().reduce(|sum, loss| sum + loss).unwrap().backward();
        for parameter in model.shared.iter().chain(&model.heads) {
            match (combined.of(parameter), summed.of(parameter)) {
                (None, None) => {}
                (a, b) => prop_assert_eq!(close(a.unwrap(), b.unwrap(), REORDERED), Ok(())),
            }
        }
    }

    // The shared parts by the first weights, the heads' own by the second; 0 is absent.
    #[test]
    fn combined_weighs_the_shared_parts_and_the_heads_apart(
        draw in drawn(), weights in vec((-2..3, -2..3), 4),
    ) {
        let model = draw.model();
        let tape = Tape::default();
        let losses = draw.losses(&model, &tape);
        let (of_shared, of_own): (Vec<f64>, Vec<f64>) =
            weights[..losses.len()].iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
        let combined = task_gradients(&losses, &model.shared).combined(&of_shared, &of_own);
        for (parameter, weights) in model.shared.iter().map(|p| (p, &of_shared))
            .chain(model.heads.iter().map(|p| (p, &of_own)))
        {
            let parts = losses.iter().zip(weights).filter(|(_, w)| **w != 0.0);
            let parts = parts.filter_map(|(loss, &w)| Some(loss.backward().of(parameter)?.clone().scale(w)));
            let expected = parts.reduce(|sum, part| sum + part);
            prop_assert_eq!(combined.of(parameter).map(bits), expected.as_ref().map(bits));
        }
    }

    #[test]
    fn the_gramian_is_symmetric_and_the_product_of_the_rows(draw in drawn()) {
        let model = draw.model();
        let tape = Tape::default();
        let losses = draw.losses(&model, &tape);
        let tasks = task_gradients(&losses, &model.shared);
        let rows: Vec<f64> = (0..losses.len()).flat_map(|task| tasks.row(task).to_vec()).collect();
        let rows = Tensor::new([losses.len(), rows.len() / losses.len()], rows);
        let gramian = tasks.gramian();
        prop_assert_eq!(close(&gramian, &rows.matmul_nt(&rows), REORDERED), Ok(()));
        prop_assert_eq!(bits(&gramian), bits(&gramian.transpose()));
    }
}

// 300 000 squares of the number next to .1: added up in order in single precision they are 1 % off.
#[test]
fn a_gramian_over_many_entries_is_exact_to_double_precision() {
    let w = Parameter::new(Tensor::full([300_000], 0.1_f32));
    let tape = Tape::new();
    let x = tape.watch(&w);
    let tasks = task_gradients(&[x.square().sum(), x.sum()], &[w]);
    let tenth = f64::from(0.1_f32);
    // A gradient of 2 x, exactly; sums of equal numbers in halves round about 20 times.
    let expected = [4.0 * tenth * tenth, 2.0 * tenth, 2.0 * tenth, 1.0].map(|x| 300_000.0 * x);
    for (found, expected) in tasks.gramian().as_slice().iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 1e-14, "{found} instead of {expected}");
    }
}

#[test]
fn a_weight_of_0_keeps_what_is_not_finite_out() {
    let (w, head) = (Parameter::new(Tensor::scalar(0.0)), Parameter::new(Tensor::scalar(0.0)));
    let tape = Tape::new();
    let (x, h) = (tape.watch(&w), tape.watch(&head));
    let losses = [(x + h).sqrt(), x + h];
    let tasks = task_gradients(&losses, &[w.share()]);
    assert_eq!(tasks.row(0), [f32::INFINITY]);
    let found = tasks.clone().combined(&[0.0, 2.0], &[0.0, 3.0]);
    assert_eq!((found.of(&w).unwrap().item(), found.of(&head).unwrap().item()), (2.0, 3.0));
    let found = tasks.combined(&[0.0, 0.0], &[0.0, 0.0]);
    assert!(found.is_empty(), "what has no part is absent, not zero");
    assert!(found.wrt(x).is_none());
}

#[test]
fn a_shared_parameter_listed_twice_counts_once() {
    let parameter = |x| Parameter::new(Tensor::new([2], vec![x, 2.0 * x]));
    let (a, b) = (parameter(1.0), parameter(3.0));
    let tape = Tape::new();
    let losses = [(tape.watch(&a) * tape.watch(&b)).sum()];
    let once = task_gradients(&losses, &[b.share(), a.share()]);
    let twice = task_gradients(&losses, &[b.share(), a.share(), b.share(), a.share()]);
    assert_eq!(once.row(0), [1.0, 2.0, 3.0, 6.0], "in the order given");
    assert_eq!(twice.row(0), once.row(0));
    assert_eq!(twice.gramian(), once.gramian());
}

#[test]
fn leaves_are_a_tasks_own() {
    let w = Parameter::new(Tensor::scalar(2.0));
    let tape = Tape::new();
    let (x, leaf) = (tape.watch(&w), tape.leaf(3.0));
    let kept = (x * leaf).keep();
    let tasks = task_gradients(&[kept.square(), kept], &[w.share()]);
    assert_eq!(tasks.own(0).wrt(leaf), Some(&Tensor::scalar(2.0 * 6.0 * 2.0)));
    let found = tasks.combined(&[1.0, 1.0], &[1.0, 10.0]);
    assert_eq!(found.wrt(leaf), Some(&Tensor::scalar(24.0 + 10.0 * 2.0)));
    assert_eq!(found.wrt(kept), Some(&Tensor::scalar(12.0 + 10.0)));
    assert_eq!(found.wrt(x), Some(&Tensor::scalar((12.0 + 1.0) * 3.0)));
}

// Rows long enough to be split, and more tasks than threads.
#[test]
fn tasks_have_the_same_bits_on_any_number_of_threads() {
    let w = Parameter::new(tensor(&[300, 301], 5));
    let heads: Vec<_> = (0..5).map(|task| Parameter::new(tensor(&[301, 2], task))).collect();
    let run = || {
        let tape = Tape::default();
        let x = tape.watch(&w).tanh();
        let losses: Vec<_> =
            heads.iter().map(|head| x.matmul(tape.watch(head)).tanh().sum()).collect();
        let tasks = task_gradients(&losses, &[w.share()]);
        let gramian = bits(&tasks.gramian());
        let weights = [0.3, -1.0, 0.0, 2.0, 0.7];
        let found = tasks.combined(&weights, &weights);
        let gradients: Vec<_> = heads.iter().chain([&w]).map(|p| found.of(p).map(bits)).collect();
        (gramian, gradients)
    };
    let alone = with_threads(1, run);
    for threads in [2, 3, 8] {
        assert!(with_threads(threads, run) == alone, "{threads} threads give other bits");
    }
}
