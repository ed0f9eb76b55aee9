//! One thread and many give the same bits: products, long loops, sums, and training as a whole.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use autograd::parallel::with_threads;
use autograd::{Float, Seed, Tape, Tensor};
use nn::{Module, NetworkSpec, Optimizer, Parameters, Sgd, SgdConfig};
use tests::compare::{bits, cotangent, gradient};
use tests::draw::{Domain, Draw, inputs};
use tests::operations::{Case, Operation, operations, operations_single};
use tests::workloads;

const THREADS: [usize; 3] = [2, 3, 8];

/// Computes on one thread and on others, and compares.
fn same_on_any_number_of_threads<R: PartialEq + Send + Debug>(
    what: &str,
    f: impl Fn() -> Vec<R> + Sync,
) {
    let alone = with_threads(1, &f);
    for threads in THREADS {
        let together = with_threads(threads, &f);
        let differ = alone.iter().zip(&together).find(|(alone, together)| alone != together);
        assert!(differ.is_none(), "{what} on {threads} threads: {differ:?}");
        assert_eq!(alone.len(), together.len());
    }
}

/// Rows, inner size, columns: one row, one column, inner sizes 0 and 1, sizes at and beside the
/// multiples at which products are split, tall, wide, and large enough for every thread.
const SHAPES: [[usize; 3]; 16] = [
    [1, 1, 1],
    [1, 700, 513],
    [700, 513, 1],
    [1025, 1, 513],
    [1, 1, 1000],
    [300, 0, 200],
    [16, 4000, 16],
    [17, 4001, 17],
    [33, 1000, 31],
    [64, 64, 64],
    [127, 129, 128],
    [256, 256, 256],
    [257, 255, 259],
    [1000, 64, 10],
    [10, 64, 1000],
    [2049, 33, 47],
];

fn products<F: Float>() {
    for [m, k, n] in SHAPES {
        let make =
            |shape: [usize; 2], seed| inputs::<F>(&[shape.to_vec()], Domain::Real, seed).remove(0);
        let (a, b) = (make([m, k], 1), make([k, n], 2));
        let (a_t, b_t) = (a.transpose(), b.transpose());
        let bias = make([1, n], 3).reshape([n]);
        same_on_any_number_of_threads(&format!("{m} x {k} x {n}"), || {
            let tape = Tape::<F>::default();
            let (x, w, bias) = (tape.leaf(&a), tape.leaf(&b_t), tape.leaf(&bias));
            let y = x.linear(w, bias);
            let found = y.backward_from(cotangent(y, 1));
            let forms = [a.matmul(&b), a_t.matmul_tn(&b), a.matmul_nt(&b_t), y.value()];
            let gradients = [x, w, bias].map(|x| gradient(&found, x));
            forms.iter().chain(&gradients).map(hash).collect()
        });
    }
}

#[test]
fn products_in_single_precision() {
    products::<f32>();
}

#[test]
fn products_in_double_precision() {
    products::<f64>();
}

// A split of a sum would show here: every operation, and its sweep, on more entries than are ever
// left to one thread.
fn long_loops<F: Float>(table: &[Operation<F>], shape: &[usize]) {
    let draw = Draw::of(shape);
    let cases: Vec<_> = table.iter().map(|operation| operation.case(&draw)).collect();
    let values: Vec<_> =
        table.iter().zip(&cases).map(|(operation, case)| operation.inputs(case, &draw)).collect();
    same_on_any_number_of_threads("an operation", || {
        let run = |(case, values): (&Case<F>, &Vec<Tensor<F>>)| {
            let tape = Tape::<F>::default();
            let x: Vec<_> = values.iter().map(|x| tape.leaf(x)).collect();
            let y = (case.apply)(&x);
            let found = y.backward_from(cotangent(y, 1));
            let gradients = x.iter().map(|&x| gradient(&found, x));
            // Hashes are short enough to be printed if they differ.
            gradients.chain([y.value()]).map(|x| hash(&x)).collect::<Vec<_>>()
        };
        let each: Vec<_> = cases.iter().zip(&values).map(run).collect();
        table.iter().map(|operation| operation.name).zip(each).collect::<Vec<_>>()
    });
}

/// A number that two tensors share only if they share all bits, but for an odd chance.
fn hash<F: Float>(x: &Tensor<F>) -> u64 {
    let mut hasher = DefaultHasher::new();
    bits(x).hash(&mut hasher);
    hasher.finish()
}

#[test]
fn every_operation_on_long_tensors() {
    long_loops(&operations_single(), &[70_001]);
    long_loops(&operations(), &[300, 257]);
}

#[test]
fn every_measured_workload() {
    let names = ["mlp:10-50-10:1", "mlp:10-50-10:32", "mlp:64-256-128-10:128", "deep:8", "hard"];
    for name in names.into_iter().chain(["stitch", "taskgrad", "mlp:784-1024-1024-10:256"]) {
        same_on_any_number_of_threads(name, || {
            let mut step = workloads::step(name).expect("a known workload");
            (0..4).map(|_| step().to_bits()).collect()
        });
    }
}

#[test]
fn training_as_a_whole() {
    let rows = 512;
    let x = Tensor::from_fn([rows, 64], |i| ((i * 7919) % 1009) as f32 / 500.0 - 1.0);
    let labels: Vec<usize> = (0..rows).map(|row| row * 31 % 10).collect();
    let trained = || {
        let model = NetworkSpec::mlp(&[64, 300, 128, 10]).build::<f32>(Seed::new(5));
        let config = SgdConfig { momentum: 0.9, weight_decay: 1e-3, ..SgdConfig::default() };
        let mut optimizer = Sgd::with_config(&model, config);
        let mut losses = vec![];
        for _ in 0..15 {
            let tape = Tape::training(Seed::new(6));
            let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
            losses.push(hash(&loss.value()));
            optimizer.step(loss.backward());
        }
        losses.extend(model.named().iter().map(|(_, p)| hash(&p.value())));
        losses
    };
    same_on_any_number_of_threads("training", trained);
    let losses = trained();
    assert!(losses[0] != losses[1], "a step changes the loss");
}

#[test]
fn heads_side_by_side() {
    let x = Tensor::from_fn([256, 64], |i| ((i * 7919) % 1009) as f32 / 500.0 - 1.0);
    let labels: Vec<usize> = (0..256).map(|row| row * 31 % 10).collect();
    let trained = || {
        let trunk = NetworkSpec::mlp(&[64, 256, 128]).build::<f32>(Seed::new(7));
        let heads: Vec<_> =
            (0..4).map(|task| NetworkSpec::mlp(&[128, 10]).build::<f32>(Seed::new(task))).collect();
        let mut optimizer = Sgd::new(&(&trunk, &heads), 0.1);
        for _ in 0..10 {
            let tape = Tape::new();
            let z = trunk.forward(tape.constant(&x)).relu();
            let losses = z.losses(&heads, |head, z| head.forward(z).cross_entropy(&labels));
            let total = losses[1..].iter().fold(losses[0], |total, &loss| total + loss);
            optimizer.step(total.backward());
        }
        let named = (&trunk, &heads).named();
        named.iter().map(|(_, p)| hash(&p.value())).collect()
    };
    same_on_any_number_of_threads("heads", trained);
}
