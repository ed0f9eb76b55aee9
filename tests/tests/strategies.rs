//! What the strategies of both crates have in common, and what each owes to its closed form.

use autograd::{Seed, Tape, Tensor, parallel};
use multitask::shared::HardNetwork;
use multitask::{Network, Plan, SingleTask, Table};
use nn::train::{Description, Family, Outputs, Property, Recipe, Role, Run};
use nn::{Dataset, LayerSpec, Module, NetworkSpec, Optimizer, Sgd, SgdConfig};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{fitted, fitted_jointly, joint_weights, values, weights};
use transfer::baseline::Scratch;
use transfer::{Fitted, Given, Source, Target, pretrain};

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
    let recipe = Recipe { steps, batch: Some(64), ..Recipe::at_rate(0.1) };
    pretrain("mnist8", mnist8(), &spec(), &recipe, seed).unwrap()
}

fn run(steps: usize, seed: Seed) -> Run<'static> {
    Run::new(Recipe { steps, ..Recipe::default() }, seed)
}

fn tables() -> [Table; 2] {
    [Table::new("mnist8", mnist8()).in_batches(64), Table::new("digits", digits())]
}

/// Every strategy of transfer whose needs are met by one source and ten classes.
fn transfers() -> Vec<Box<dyn transfer::Strategy>> {
    let mut all = transfer::registry();
    all.retain(|strategy| strategy.describe().needs.unmet(1, true, true, Some(10)).is_none());
    all
}

/// The digits, with labels and without.
fn target() -> Target {
    Target::new("digits", digits()).seeing(&digits())
}

/// Every strategy's name, and what it says of the digits or the weights it ends with.
fn learnt_by_all(steps: usize, seed: Seed) -> Vec<(&'static str, Vec<Tensor>)> {
    let (source, target) = (source(steps, seed), target());
    let run = run(steps, seed);
    let x = digits().features;
    let transfers = transfers().into_iter().map(|strategy| {
        let fitted = fitted(&*strategy, &source, &target, &run).unwrap();
        (strategy.describe().name, vec![fitted.predict(&x)])
    });
    let joint = multitask::registry().into_iter().map(|strategy| {
        (strategy.describe().name, joint_weights(&*strategy, &tables(), &spec(), &run))
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
        let recipe = Recipe { steps, batch, weight_decay: 0.001, ..Recipe::default() };
        let (run, spec) = (Run::new(recipe, seed), spec());
        let (target, table) = (Target::new("digits", digits()), Table::new("digits", digits()));
        let given = Given { sources: &[], target: &target, spec: &spec };
        let scratch = transfer::Strategy::fit(&Scratch, &given, &run).unwrap();
        let alone = joint_weights(&SingleTask, &[table], &spec, &run);
        prop_assert_eq!(values(scratch.model().unwrap()), alone);
    }

    #[test]
    fn transfer_and_joint_learning_see_the_same_source_in_the_same_order(seed: u64) {
        let (seed, source) = (Seed::new(seed), source(40, Seed::new(seed)));
        let run = Run::new(Recipe { steps: 40, ..Recipe::at_rate(0.1) }, seed);
        let alone = joint_weights(&SingleTask, &tables()[..1], &spec(), &run);
        prop_assert_eq!(values(&source.model), alone);
    }

    #[test]
    fn all_strategies_of_a_seed_begin_from_one_network(seed: u64) {
        let seed = Seed::new(seed);
        let (x, target) = (digits().features, Target::new("digits", digits()));
        let scratch = fitted(&Scratch, &source(0, seed), &target, &run(0, seed)).unwrap();
        let scratch = scratch.predict(&x);
        let begins = |strategy: &dyn multitask::Strategy| {
            strategy.describe().keeps.contains(&Property::BeginsAsBaseline)
        };
        for strategy in multitask::registry().iter().filter(|strategy| begins(&***strategy)) {
            let fitted = fitted_jointly(&**strategy, &tables(), &spec(), &run(0, seed)).unwrap();
            for (a, b) in fitted.predict(1, &x).as_slice().iter().zip(scratch.as_slice()) {
                // Equal columns mixed with shares that sum to 1 are themselves up to rounding.
                prop_assert!((a - b).abs() <= 1e-5, "{}: {a} and {b}", strategy.describe().name);
            }
        }
    }
}

#[test]
fn one_thread_and_many_give_the_same_bits() {
    let one = parallel::with_threads(1, || learnt_by_all(12, Seed::new(3)));
    for threads in [2, 3, 8] {
        let many = parallel::with_threads(threads, || learnt_by_all(12, Seed::new(3)));
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
    let (source, target) = (source(200, seed), target());
    let run = run(200, seed);
    for strategy in transfers() {
        // What can do without labelled rows does not live by them, and a reference has not as many
        // weights.
        let Description { needs, role, .. } = strategy.describe();
        if needs.labelled && role != Role::Reference {
            let fitted = fitted(&*strategy, &source, &target, &run).unwrap();
            learnt(strategy.describe().name, &fitted.predict(&few.features));
        }
    }
    for strategy in multitask::registry() {
        let fitted = fitted_jointly(&*strategy, &tables(), &spec(), &run).unwrap();
        learnt(strategy.describe().name, &fitted.predict(1, &few.features));
    }
}

#[test]
fn the_registries_hold_each_technique_of_the_article_under_names_of_their_own() {
    let described = transfer::registry::<f32>().into_iter().map(|strategy| strategy.describe());
    let joint = multitask::registry::<f32>().into_iter().map(|strategy| strategy.describe());
    let described: Vec<Description> = described.chain(joint).collect();
    for term in ["参数迁移", "特征迁移", "结构迁移", "共享参数", "任务间连接", "任务间分层连接"]
    {
        assert!(described.iter().any(|known| known.article_term == Some(term)), "{term}");
    }
    for (i, known) in described.iter().enumerate() {
        let name = known.name;
        assert!(described[..i].iter().all(|other| other.name != name), "two are called {name}");
        // A technique is somebody's: it names the paper; a baseline and a control are nobody's.
        let nobodys = known.role != Role::Strategy || known.family == Family::Baseline;
        let named = nobodys || known.paper.is_some();
        assert!(named, "{name} names no paper");
        if let Role::Control(of) = known.role {
            assert!(described[..i].iter().any(|other| other.name == of), "{name} controls {of}");
        }
    }
}

#[test]
fn what_the_target_never_shows_keeps_the_sources_weights() {
    let (seed, few) = (Seed::new(6), digits());
    let source = source(50, seed);
    let target = Target::new("digits", few.clone());
    let strategy = transfer::parameter::FineTune::default();
    let (before, after) =
        (values(&source.model), weights(&strategy, &source, &target, &run(50, seed)));
    let (before, after) = (&before[0], &after[0]);
    let column = |of: &Tensor, column| of.slice(1, column..column + 1);
    let shown = |pixel| column(&few.features, pixel).as_slice().iter().any(|&x| x != 0.0);
    let (shown, never): (Vec<_>, Vec<_>) = (0..64).partition(|&pixel| shown(pixel));
    assert!(!never.is_empty() && !shown.is_empty());
    for pixel in never {
        assert_eq!(column(before, pixel), column(after, pixel), "pixel {pixel} is always white");
    }
    assert!(shown.into_iter().all(|pixel| column(before, pixel) != column(after, pixel)));
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
            let plan = Plan { spec: &spec, tasks: &names, seed: Seed::new(8) };
            let network = HardNetwork::<f64>::new(&plan).unwrap();
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
                    let miss = network.forward(x, &[task])[0] - x.matmul_nt(weight);
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
        fn describe(&self) -> Description {
            Description::new("as it is", Family::Parameter)
        }
        fn fit(&self, given: &Given<'_>, run: &Run<'_>) -> Result<Fitted, transfer::Error> {
            let (source, examples) = (given.source("as it is")?, given.examples(run)?);
            let outputs = Outputs::of(&examples, 0);
            Ok(Fitted { trained: 0, ..Fitted::network(source.model.clone(), outputs, given, run) })
        }
    }
    let (seed, source) = (Seed::new(9), source(10, Seed::new(9)));
    let target = Target::new("digits", digits());
    let strategies: [Box<dyn transfer::Strategy>; 2] = [Box::new(AsItIs), Box::new(Scratch)];
    let x = &digits().features;
    let logits = strategies
        .iter()
        .map(|strategy| fitted(&**strategy, &source, &target, &run(10, seed)).unwrap().predict(x));
    let logits: Vec<Tensor> = logits.collect();
    assert_eq!(logits[0], source.model.predict(x));
    assert_ne!(logits[0], logits[1]);
}
