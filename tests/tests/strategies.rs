//! What the strategies of both crates have in common, and what each owes to its closed form.

use autograd::{Parameter, Seed, Tape, Tensor, parallel};
use multitask::shared::HardNetwork;
use multitask::{Network, SingleTask, Strategy as _, Task};
use nn::{Dataset, LayerSpec, Module, NetworkSpec, Optimizer, Parameters, Sgd, SgdConfig};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use transfer::{Scratch, Source, Strategy as _, Training, pretrain};

fn cases(cases: u32) -> ProptestConfig {
    let regressions = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(regressions)), ..Default::default() }
}

fn spec() -> NetworkSpec {
    NetworkSpec::mlp(&[64, 32, 16, 10])
}

/// Five rows of each digit.
fn digits() -> Dataset {
    let all = nn::data::digits::<f32>().map(|count| count / 16.0);
    let of_class = all.labels().rows_by_class(Seed::new(0));
    all.rows(&of_class.iter().flat_map(|rows| &rows[..5]).copied().collect::<Vec<_>>())
}

fn mnist8() -> Dataset {
    nn::data::mnist8::<f32>().map(|count| count / 16.0)
}

fn source(steps: usize, seed: Seed) -> Source {
    let recipe = transfer::Recipe { batch: Some(64), learning_rate: 0.1, ..recipe(steps) };
    pretrain("mnist8", mnist8(), &spec(), &recipe, seed).unwrap()
}

fn recipe(steps: usize) -> transfer::Recipe {
    transfer::Recipe { steps, ..transfer::Recipe::default() }
}

fn joint_recipe(steps: usize) -> multitask::Recipe {
    multitask::Recipe { steps, ..multitask::Recipe::default() }
}

fn tasks() -> [Task; 2] {
    [Task::new("mnist8", mnist8()).in_batches(64), Task::new("digits", digits())]
}

fn values(parts: &(impl Parameters + ?Sized)) -> Vec<Tensor> {
    parts.named().into_iter().map(|(_, parameter)| parameter.value()).collect()
}

/// Every strategy's name, and the weights it ends with.
fn weights_of_all(steps: usize, seed: Seed) -> Vec<(&'static str, Vec<Tensor>)> {
    let (source, target) = (source(steps, seed), Training::new("digits", digits()));
    let transfers = transfer::registry::<f32>().into_iter().map(|strategy| {
        let fitted = strategy.fit(&source, &target, &recipe(steps), seed).unwrap();
        (strategy.describe().name, values(&*fitted.model))
    });
    let joint = multitask::registry::<f32>().into_iter().map(|strategy| {
        let fitted = strategy.fit(&tasks(), &spec(), &joint_recipe(steps), seed).unwrap();
        (strategy.describe().name, values(&*fitted.network))
    });
    transfers.chain(joint).collect()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn both_crates_have_one_baseline(
        seed: u64, steps in 0_usize..40, batch in prop::option::of(1_usize..80)
    ) {
        let seed = Seed::new(seed);
        let source = Source { data: mnist8(), spec: spec(), model: spec().build(seed) };
        let target = Training::new("digits", digits());
        let recipe = transfer::Recipe { batch, weight_decay: 0.001, ..recipe(steps) };
        let scratch = Scratch.fit(&source, &target, &recipe, seed).unwrap();

        let joint = multitask::Recipe { weight_decay: 0.001, ..joint_recipe(steps) };
        let task = Task { batch, ..Task::new("digits", digits()) };
        let alone = SingleTask.fit(&[task], &spec(), &joint, seed).unwrap();
        prop_assert_eq!(values(&*scratch.model), values(&*alone.network));
    }

    #[test]
    fn transfer_and_joint_learning_see_the_same_source_in_the_same_order(seed: u64) {
        let (seed, source) = (Seed::new(seed), source(40, Seed::new(seed)));
        let joint = multitask::Recipe { learning_rate: 0.1, ..joint_recipe(40) };
        let alone = SingleTask.fit(&tasks()[..1], &spec(), &joint, seed).unwrap();
        prop_assert_eq!(values(&source.model), values(&*alone.network));
    }

    #[test]
    fn all_strategies_of_a_seed_begin_from_one_network(seed: u64) {
        let seed = Seed::new(seed);
        let x = digits().features;
        let (source, target) = (source(0, seed), Training::new("digits", digits()));
        let scratch = Scratch.fit(&source, &target, &recipe(0), seed).unwrap().predict(&x);
        for strategy in multitask::registry::<f32>() {
            let name = strategy.describe().name;
            if name == "layered" {
                continue; // Reads a label embedding too; its own test compares the rest.
            }
            let fitted = strategy.fit(&tasks(), &spec(), &joint_recipe(0), seed).unwrap();
            let logits = fitted.predict(1, &x);
            for (a, b) in logits.as_slice().iter().zip(scratch.as_slice()) {
                // Equal columns mixed with shares that sum to 1 are themselves up to rounding.
                let rounding = if name == "task-to-task" { 1e-5 } else { 0.0 };
                prop_assert!((a - b).abs() <= rounding, "{name}: {a} and {b}");
            }
        }
    }
}

#[test]
fn one_thread_and_many_give_the_same_bits() {
    let one = parallel::with_threads(1, || weights_of_all(12, Seed::new(3)));
    for threads in [2, 3, 8] {
        let many = parallel::with_threads(threads, || weights_of_all(12, Seed::new(3)));
        for ((name, one), (_, many)) in one.iter().zip(&many) {
            assert!(one == many, "{name} differs on {threads} threads");
        }
    }
}

#[test]
fn every_strategy_learns_the_rows_it_is_given() {
    let (seed, few) = (Seed::new(5), digits());
    let labels = few.labels().complete().unwrap();
    let learnt = |name, logits: &Tensor| {
        let accuracy = nn::metrics::accuracy(logits, &labels);
        // 50 rows and thousands of weights: what does not fit them does not learn.
        assert!(accuracy >= 0.96, "{name} knows {accuracy} of its own rows");
    };
    let (source, target) = (source(200, seed), Training::new("digits", few.clone()));
    for strategy in transfer::registry::<f32>() {
        let fitted = strategy.fit(&source, &target, &recipe(200), seed).unwrap();
        learnt(strategy.describe().name, &fitted.predict(&few.features));
    }
    for strategy in multitask::registry::<f32>() {
        let fitted = strategy.fit(&tasks(), &spec(), &joint_recipe(200), seed).unwrap();
        learnt(strategy.describe().name, &fitted.predict(1, &few.features));
    }
}

#[test]
fn the_registries_hold_each_technique_of_the_article_once_with_its_paper() {
    let transfers = transfer::registry::<f32>();
    let joint = multitask::registry::<f32>();
    let described = transfers.iter().map(|strategy| {
        let known = strategy.describe();
        (known.name, known.article_term, known.paper, known.chapter)
    });
    let described: Vec<_> = described
        .chain(joint.iter().map(|strategy| {
            let known = strategy.describe();
            (known.name, known.article_term, known.paper, known.chapter)
        }))
        .collect();

    let terms: Vec<&str> = described.iter().filter_map(|known| known.1).collect();
    let article = ["参数迁移", "特征迁移", "结构迁移", "共享参数", "任务间连接", "任务间分层连接"];
    assert_eq!(terms, article);
    for (i, (name, term, paper, chapter)) in described.iter().enumerate() {
        assert_eq!(term.is_some(), paper.is_some(), "{name}");
        assert!(!chapter.is_empty(), "{name}");
        assert!(described[..i].iter().all(|other| other.0 != *name), "two are called {name}");
    }
}

#[test]
fn what_the_target_never_shows_keeps_the_sources_weights() {
    let (seed, few) = (Seed::new(6), digits());
    let source = source(50, seed);
    let target = Training::new("digits", few.clone());
    let strategy = transfer::parameter::FineTune::default();
    let tuned = strategy.fit(&source, &target, &recipe(50), seed).unwrap();
    let (before, after) = (&values(&source.model)[0], &values(&*tuned.model)[0]);
    let column = |of: &Tensor, column| of.slice(1, column..column + 1);
    let shown = |pixel| column(&few.features, pixel).as_slice().iter().any(|&x| x != 0.0);
    let (shown, never): (Vec<_>, Vec<_>) = (0..64).partition(|&pixel| shown(pixel));
    assert!(!never.is_empty() && !shown.is_empty());
    for pixel in never {
        assert_eq!(column(before, pixel), column(after, pixel), "pixel {pixel} is always white");
    }
    assert!(shown.into_iter().all(|pixel| column(before, pixel) != column(after, pixel)));
}

/// Gradient descent from the source's weights ends at the solution nearest to them.
///
/// For `y = X w` with fewer rows than columns the gradient `X^T (X w - y)` lies in the rows' span,
/// so that descent from `w0` ends at `w0 + X^+ (y - X w0)`.
#[test]
fn fine_tuning_a_linear_model_ends_at_the_nearest_solution() {
    let (rows, columns, seed) = (3, 8, Seed::new(7));
    let x = nn::init::normal::<f64>([rows, columns], 1.0, seed.child("x"));
    let y = nn::init::normal::<f64>([rows, 1], 1.0, seed.child("y"));
    let start = nn::init::normal::<f64>([1, columns], 1.0, seed.child("source"));

    let weight = Parameter::new(start.clone());
    let mut optimizer = Sgd::new(&weight, 0.1);
    for _ in 0..20_000 {
        let tape = Tape::<f64>::default();
        let miss = tape.constant(&x).matmul_nt(tape.watch(&weight)) - tape.constant(&y);
        optimizer.step((miss * miss).mean().backward());
    }

    // X^+ = X^T (X X^T)^-1: solve for the three coefficients of the rows.
    let missing = y.clone().zip(&x.matmul_nt(&start), |y, x| y - x);
    let coefficients = solve(&x.matmul_nt(&x), &missing);
    let nearest = start.zip(&coefficients.transpose().matmul(&x), |a, b| a + b);
    for (a, b) in weight.value().as_slice().iter().zip(nearest.as_slice()) {
        // Descent has converged to rounding: the slowest mode shrinks by a factor a step.
        assert!((a - b).abs() < 1e-10, "{a} and {b}");
    }
}

/// The solution of `A x = b` by Gaussian elimination; `A` is positive definite.
fn solve(a: &Tensor<f64>, b: &Tensor<f64>) -> Tensor<f64> {
    let n = b.len();
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| a.as_slice()[i * n..][..n].iter().chain([&b.as_slice()[i]]).copied().collect())
        .collect();
    for pivot in 0..n {
        for other in (0..n).filter(|&other| other != pivot) {
            let factor = rows[other][pivot] / rows[pivot][pivot];
            let above = rows[pivot].clone();
            rows[other].iter_mut().zip(above).for_each(|(entry, above)| *entry -= factor * above);
        }
    }
    Tensor::from_fn([n, 1], |i| rows[i][n] / rows[i][i])
}

/// Two linear tasks of unit length at an angle, through a shared trunk of one unit.
///
/// # Source
/// Wu, Zhang and Re 2020: the best trunk of width `r` keeps the `r` largest singular values of the
/// stacked tasks and loses the squares of the others: here one of them, `1 - cos(angle)`.
#[test]
fn a_trunk_too_narrow_for_its_tasks_loses_the_smaller_singular_value() {
    let linear = LayerSpec::linear;
    for degrees in [0.0_f64, 30.0, 60.0] {
        let angle = degrees.to_radians();
        let tasks = [[1.0, 0.0], [angle.cos(), angle.sin()]];
        for (width, expected) in [(1, 1.0 - angle.cos()), (2, 0.0)] {
            let spec = NetworkSpec::new().then(linear(2, width)).then(linear(width, 1));
            let names = [("a", 1), ("b", 1)];
            let network = HardNetwork::<f64>::new(&spec, &names, Seed::new(8)).unwrap();
            let config = SgdConfig { learning_rate: 0.05, momentum: 0.9, ..SgdConfig::default() };
            let mut optimizer = Sgd::with_config(&network, config);
            let mut excess = f64::NAN;
            for _ in 0..10_000 {
                let tape = Tape::<f64>::default();
                // White inputs of mean 0: both unit vectors and their opposites.
                let x = Tensor::new([4, 2], vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0]);
                let x = tape.constant(&x);
                let misses = (0..2).map(|task| {
                    let weight = tape.constant(Tensor::new([1, 2], tasks[task].to_vec()));
                    let miss = network.forward(x, task) - x.matmul_nt(weight);
                    (miss * miss).sum() * 0.5
                });
                let loss = misses.reduce(|a, b| a + b).unwrap();
                excess = loss.value().item();
                optimizer.step(loss.backward());
            }
            // A smooth problem with a gap between the singular values: descent ends at rounding.
            assert!((excess - expected).abs() < 1e-9, "{degrees} degrees, {width}: {excess}");
        }
    }
}

#[test]
fn a_strategy_of_ones_own_is_a_trait_away() {
    /// The source's network as it is.
    struct AsItIs;
    impl transfer::Strategy for AsItIs {
        fn describe(&self) -> transfer::Description {
            transfer::Description {
                name: "as it is",
                article_term: None,
                paper: None,
                chapter: "Why compare",
            }
        }
        fn fit(
            &self,
            source: &Source,
            _: &Training,
            _: &transfer::Recipe,
            _: Seed,
        ) -> Result<transfer::Fitted, transfer::Error> {
            Ok(transfer::Fitted { model: Box::new(source.model.clone()), trained: 0 })
        }
    }
    let (seed, source) = (Seed::new(9), source(10, Seed::new(9)));
    let target = Training::new("digits", digits());
    let strategies: [Box<dyn transfer::Strategy>; 2] = [Box::new(AsItIs), Box::new(Scratch)];
    let x = &target.labelled.features;
    let logits = strategies
        .iter()
        .map(|strategy| strategy.fit(&source, &target, &recipe(10), seed).unwrap().predict(x));
    let logits: Vec<Tensor> = logits.collect();
    assert_eq!(logits[0], source.model.predict(x));
    assert_ne!(logits[0], logits[1]);
}
