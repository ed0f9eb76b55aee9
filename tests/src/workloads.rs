//! Training steps by which the engine's speed is measured, written as its users would write them.
//!
//! | name | what |
//! |---|---|
//! | `mlp:10-50-10:32` | widths and rows of a batch; ReLU between layers, cross-entropy, one SGD step |
//! | `deep:L` | the same with `L` layers of 64 units and 32 rows |
//! | `hard` | a shared trunk 64-256-128 and four heads of ten classes, side by side, 128 rows |
//! | `stitch` | two columns 64-256-128-10 with a cross-stitch unit after each hidden layer, 128 rows |
//! | `taskgrad` | the four tasks' gradients over the trunk of `hard`, a row a task, and over their heads |
//! | `chain:n` | `n` additions of single numbers, and a sweep |
//! | `sum` | the sums of 1024 x 1024 numbers: all, of each row, of each column |
//! | `layer_norm` | the layer normalisation of 128 rows of 1024 numbers, and its sweep |
//! | `sum:plain` | the same with each sum added up from its beginning to its end |
//! | `column:n` | `[n, 1]` summed over its rows |
//! | `transpose:n` | a matrix of `n` rows and columns, transposed |
//! | `mm:m,k,n,form` | a product; `tn` has the left factor transposed, `nt` the right one |

use std::hint::black_box;

use autograd::{Parameter, Tape, Tensor, task_gradients, weighted_sum};
use nn::{Linear, Module, Optimizer, Parameters, Relu, Seed, Sequential, Sgd, SgdConfig};

/// A step to be timed; it returns its loss, which training must make fall.
pub type Step = Box<dyn FnMut() -> f32 + Send>;

/// The step of this name; `None` if there is no such workload.
pub fn step(name: &str) -> Option<Step> {
    let (kind, rest) = name.split_once(':').unwrap_or((name, ""));
    let number = |text: &str| text.parse::<usize>().ok();
    match kind {
        "mlp" => {
            let (widths, rows) = rest.split_once(':')?;
            let widths: Option<Vec<usize>> = widths.split('-').map(number).collect();
            Some(mlp(&widths?, number(rows)?))
        }
        "deep" => Some(mlp(&vec![64; number(rest)? + 1], 32)),
        "hard" => Some(hard()),
        "stitch" => Some(stitch()),
        "taskgrad" => Some(taskgrad()),
        "chain" => number(rest).map(chain),
        "sum" if rest == "plain" => Some(plain_sums()),
        "sum" => Some(sums()),
        "layer_norm" => Some(layer_norm()),
        "column" => number(rest).map(column),
        "transpose" => number(rest).map(transpose),
        "mm" => {
            let parts: Vec<&str> = rest.split(',').collect();
            let [m, k, n, form] = parts[..] else { return None };
            product(number(m)?, number(k)?, number(n)?, form)
        }
        _ => None,
    }
}

/// The multiplications in a step's matrix products: what a machine that did nothing else would do.
pub fn multiplications(name: &str) -> Option<usize> {
    let (kind, rest) = name.split_once(':').unwrap_or((name, ""));
    let number = |text: &str| text.parse::<usize>().ok();
    // Each layer: forward, weight's gradient, and, but for the first, the input's gradient.
    let network = |widths: &[usize], rows: usize| {
        let layers: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        rows * (3 * layers - widths[0] * widths[1])
    };
    let (trunk, head) = (network(&[64, 256, 128], 128), 128 * 128 * 10);
    Some(match kind {
        "mlp" => {
            let (widths, rows) = rest.split_once(':')?;
            let widths: Option<Vec<usize>> = widths.split('-').map(number).collect();
            network(&widths?, number(rows)?)
        }
        "deep" => network(&vec![64; number(rest)? + 1], 32),
        "hard" => trunk + 4 * 3 * head,
        "stitch" => 2 * network(&[64, 256, 128, 10], 128),
        // Forward once; then for each task both gradients of its head and the trunk's sweep.
        "taskgrad" => {
            let forward = 128 * (64 * 256 + 256 * 128);
            forward + 4 * (3 * head + trunk - forward)
        }
        "mm" => rest.split(',').take(3).map(number).product::<Option<usize>>()?,
        _ => return None,
    })
}

/// Fixed numbers in (-1, 1) that look random.
fn numbers(shape: [usize; 2], seed: &str) -> Tensor {
    let seed = Seed::new(1).child(seed);
    Tensor::from_fn(shape, |i| (seed.child(i).value() >> 40) as f32 / (1 << 23) as f32 - 1.0)
}
fn classes(rows: usize, seed: &str) -> Vec<usize> {
    let seed = Seed::new(2).child(seed);
    (0..rows).map(|row| (seed.child(row).value() % 10) as usize).collect()
}
fn descent(model: &impl Parameters) -> Sgd {
    Sgd::with_config(model, SgdConfig { learning_rate: 0.01, ..SgdConfig::default() })
}

fn mlp(widths: &[usize], rows: usize) -> Step {
    let seed = Seed::new(7);
    let mut model = Sequential::new();
    for (i, pair) in widths.windows(2).enumerate() {
        if i > 0 {
            model = model.then(Relu);
        }
        model = model.then(Linear::new(pair[0], pair[1], seed.child(i)));
    }
    let x = numbers([rows, widths[0]], "x");
    let outputs = widths[widths.len() - 1];
    let labels: Vec<usize> = classes(rows, "y").into_iter().map(|y| y % outputs).collect();
    let mut optimizer = descent(&model);
    Box::new(move || {
        let tape = Tape::new();
        let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
        optimizer.step(loss.backward());
        loss.value().item()
    })
}

/// A trunk and the heads of four tasks.
struct Shared {
    trunk: Sequential,
    heads: Vec<Linear>,
}
nn::parts!(Shared: trunk, heads);

impl Shared {
    fn new() -> Self {
        let seed = Seed::new(7);
        Shared {
            trunk: Sequential::new()
                .then(Linear::new(64, 256, seed.child(0)))
                .then(Relu)
                .then(Linear::new(256, 128, seed.child(1)))
                .then(Relu),
            heads: (2..6).map(|i| Linear::new(128, 10, seed.child(i))).collect(),
        }
    }
}
fn task_labels() -> Vec<Vec<usize>> {
    ["a", "b", "c", "d"].map(|task| classes(128, task)).to_vec()
}

fn hard() -> Step {
    let (model, x, labels) = (Shared::new(), numbers([128, 64], "x"), task_labels());
    let mut optimizer = descent(&model);
    Box::new(move || {
        let tape = Tape::new();
        let z = model.trunk.forward(tape.constant(&x));
        let tasks: Vec<_> = model.heads.iter().zip(&labels).collect();
        let losses = z.losses(&tasks, |(head, labels), z| head.forward(z).cross_entropy(labels));
        let loss = losses.into_iter().reduce(|sum, loss| sum + loss).expect("four tasks");
        optimizer.step(loss.backward());
        loss.value().item()
    })
}

fn taskgrad() -> Step {
    let (model, x, labels) = (Shared::new(), numbers([128, 64], "x"), task_labels());
    Box::new(move || {
        let tape = Tape::new();
        let z = model.trunk.forward(tape.constant(&x));
        let heads = model.heads.iter().zip(&labels);
        let losses: Vec<_> = heads.map(|(head, y)| head.forward(z).cross_entropy(y)).collect();
        let shared: Vec<Parameter> = model.trunk.named().into_iter().map(|(_, p)| p).collect();
        black_box(task_gradients(&losses, &shared));
        losses.iter().map(|loss| loss.value().item()).sum()
    })
}

/// Two columns of three levels, and a mixing matrix after each hidden layer.
struct Stitched {
    columns: Vec<[Sequential; 3]>,
    mixing: Vec<Parameter>,
}
nn::parts!(Stitched: columns, mixing);

fn stitch() -> Step {
    let seed = Seed::new(7);
    let column = |task: usize| {
        let seed = seed.child(task);
        let layer = |p, q| Sequential::new().then(Linear::new(p, q, seed.child(q)));
        [layer(64, 256).then(Relu), layer(256, 128).then(Relu), layer(128, 10)]
    };
    let mixing = || Parameter::new(Tensor::new([2, 2], vec![0.9, 0.1, 0.1, 0.9]));
    let model = Stitched { columns: vec![column(0), column(1)], mixing: vec![mixing(), mixing()] };
    let (x, labels) = (numbers([128, 64], "x"), task_labels());
    let mut optimizer = descent(&model);
    Box::new(move || {
        let tape = Tape::new();
        let x = tape.constant(&x);
        let mut streams = vec![x, x];
        for (level, mixing) in model.mixing.iter().enumerate() {
            let columns = model.columns.iter().zip(&streams);
            let hidden: Vec<_> = columns.map(|(column, &x)| column[level].forward(x)).collect();
            let mixing = tape.watch(mixing);
            let unit = |task| weighted_sum(mixing.slice(0, task..task + 1).reshape([2]), &hidden);
            streams = vec![unit(0), unit(1)];
        }
        let heads = model.columns.iter().zip(&streams).zip(&labels);
        let losses = heads.map(|((column, &z), labels)| column[2].forward(z).cross_entropy(labels));
        let loss = losses.reduce(|sum, loss| sum + loss).expect("two tasks");
        optimizer.step(loss.backward());
        loss.value().item()
    })
}

fn chain(length: usize) -> Step {
    Box::new(move || {
        let tape = Tape::new();
        let x = tape.leaf(1.0);
        let mut y = x;
        for _ in 0..length {
            y = y + x;
        }
        y.backward().wrt(x).map_or(0.0, Tensor::item)
    })
}

fn product(m: usize, k: usize, n: usize, form: &str) -> Option<Step> {
    let (a, b) = match form {
        "nn" => ([m, k], [k, n]),
        "tn" => ([k, m], [k, n]),
        "nt" => ([m, k], [n, k]),
        _ => return None,
    };
    let (a, b) = (numbers(a, "a"), numbers(b, "b"));
    let form = form.to_owned();
    Some(Box::new(move || {
        let c = match form.as_str() {
            "tn" => a.matmul_tn(&b),
            "nt" => a.matmul_nt(&b),
            _ => a.matmul(&b),
        };
        c.as_slice()[0]
    }))
}

fn sums() -> Step {
    let x = numbers([1024, 1024], "x");
    Box::new(move || {
        let (rows, columns) = (x.clone().sum_axes_keep(&[1]), x.clone().sum_axes_keep(&[0]));
        black_box(rows);
        black_box(columns);
        x.sum().item()
    })
}

fn column(rows: usize) -> Step {
    let x = numbers([rows, 1], "x");
    Box::new(move || x.clone().sum_axes_keep(&[0]).item())
}

fn transpose(size: usize) -> Step {
    let x = numbers([size, size], "x");
    Box::new(move || x.transpose().as_slice()[1])
}

fn layer_norm() -> Step {
    let (x, y_bar) = (numbers([128, 1024], "x"), numbers([128, 1024], "y"));
    let (weight, bias) = (Tensor::ones([1024]), Tensor::zeros([1024]));
    Box::new(move || {
        let tape = Tape::new();
        let x = tape.leaf(&x);
        let y = x.layer_norm(tape.leaf(&weight), tape.leaf(&bias), 1e-5);
        y.backward_from(y_bar.clone()).wrt(x).map_or(0.0, |x_bar| x_bar.as_slice()[0])
    })
}

/// As plain as a fast sum can be: sixteen sums side by side, each from beginning to end.
fn plain_sum(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, &x)| *sum += x);
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

fn plain_sums() -> Step {
    let x = numbers([1024, 1024], "x");
    Box::new(move || {
        let x = x.as_slice();
        let rows: Vec<f32> = x.chunks_exact(1024).map(plain_sum).collect();
        let mut columns = vec![0.0; 1024];
        for row in x.chunks_exact(1024) {
            columns.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x);
        }
        black_box((rows, columns));
        plain_sum(x)
    })
}
