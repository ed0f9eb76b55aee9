//! LoRA: it begins as the source, only the factors move, and they can be merged and saved.

use autograd::{Seed, Tape, Tensor};
use nn::checkpoint::Checkpoint;
use nn::train::Run;
use nn::{
    Combine, Groups, Layers, LinearConfig, Module, NetworkSpec, ParallelConfig, Parameters,
    ResidualConfig, Tanh,
};
use proptest::prelude::*;
use tests::compare::close;
use tests::draw::cases;
use tests::files::Folder;
use tests::laws;
use tests::strategies::{
    CLASSES, data, fitted, normalised, recipe, run, smooth, source, target, values,
};
use transfer::parameter::{FineTune, Head, Lora, LoraConfig, LoraLinear, merged};
use transfer::{Fitted, Source, pretrain};

const LORA: Lora = Lora { head: Head::Kept, rank: 2, alpha: 3.0 };

/// A source of this architecture, learnt for a few steps.
fn source_of(spec: &NetworkSpec, seed: Seed) -> Source<f64> {
    let rows = data(20, &CLASSES, seed.child("source"));
    pretrain("source", rows, spec, &recipe(10), seed).unwrap()
}

/// Linear layers behind, in and beside others, one of them without bias.
fn nested() -> NetworkSpec {
    let linear = LinearConfig::new;
    let inner = NetworkSpec::new().then(linear(5, 3)).then(Tanh).then(linear(3, 5));
    let without = LinearConfig { bias: false, ..linear(5, 2) };
    let branches = vec![NetworkSpec::new().then(without), NetworkSpec::new().then(linear(5, 3))];
    NetworkSpec::new()
        .then(linear(6, 5))
        .then_named("block", ResidualConfig { layers: inner })
        .then(ParallelConfig { branches, combine: Combine::Concatenate })
        .then(linear(5, 3))
}

/// The rank of a matrix by elimination with the largest pivot: entries below this are 0.
fn rank(matrix: &Tensor<f64>, zero: f64) -> usize {
    let (rows, columns) = (matrix.size(0), matrix.size(1));
    let mut left: Vec<Vec<f64>> =
        matrix.as_slice().chunks_exact(columns).map(<[f64]>::to_vec).collect();
    for rank in 0..rows {
        let places = (0..left.len()).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let pivot = places.max_by(|a, b| left[a.0][a.1].abs().total_cmp(&left[b.0][b.1].abs()));
        let Some((row, column)) = pivot.filter(|&(row, column)| left[row][column].abs() > zero)
        else {
            return rank;
        };
        let above = left.swap_remove(row);
        for other in &mut left {
            let factor = other[column] / above[column];
            other.iter_mut().zip(&above).for_each(|(entry, above)| *entry -= factor * above);
        }
    }
    rows
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn merged_layers_do_what_the_factors_do_and_are_changed_by_their_rank_at_most(
        seed: u64, rank_of_change in 1_usize..4, alpha in 0.5_f64..3.0
    ) {
        let (seed, source) = (Seed::new(seed), source_of(&nested(), Seed::new(seed)));
        let target = target(&CLASSES, seed);
        let lora = Lora { head: Head::Kept, rank: rank_of_change, alpha };
        let tuned = fitted(&lora, &source, &target, &run(10, seed)).unwrap();
        let model = tuned.model().unwrap();
        let plain = merged(model.clone());
        prop_assert_eq!(plain.spec(), Some(nested()), "no layer of one's own is left");
        let x = data::<f64>(9, &CLASSES, seed.child("x")).features;
        // Sums of some terms of size 1 in another order.
        prop_assert_eq!(close(&plain.predict(&x), &model.predict(&x), 1e-12), Ok(()));
        for ((name, after), before) in plain.named().iter().zip(values(&source.model)) {
            let change = after.value().zip(&before, |a, b| a - b);
            if name.ends_with("weight") {
                let found = rank(&change, 1e-12);
                let most = rank_of_change.min(after.shape().axis(0)).min(after.shape().axis(1));
                prop_assert!((1..=most).contains(&found), "{name}: rank {found}");
            } else {
                prop_assert_eq!(after.value(), before, "{}", name);
            }
        }
    }

    #[test]
    fn with_its_head_kept_it_begins_as_the_source(seed: u64) {
        let (seed, source) = (Seed::new(seed), source_of(&nested(), Seed::new(seed)));
        let begun = fitted(&LORA, &source, &target(&CLASSES, seed), &run(0, seed)).unwrap();
        let x = data::<f64>(9, &CLASSES, seed.child("x")).features;
        prop_assert_eq!(begun.predict(&x), source.model.predict(&x));
    }
}

/// With batch statistics, momentum and decay, all of which move what is not out of their reach.
#[test]
fn after_50_steps_only_the_factors_and_a_new_head_have_moved() {
    let seed = Seed::new(1);
    for (spec, head) in [(normalised(), Head::Kept), (nested(), Head::New)] {
        let (source, target) = (source_of(&spec, seed), target(&CLASSES, seed));
        let lora = Lora { head, ..LORA };
        let fit = |steps| fitted(&lora, &source, &target, &run(steps, seed)).unwrap();
        let (begun, tuned) = (fit(0), fit(50));
        let head = begun.model().unwrap().head().unwrap();
        let head = format!("{}.", begun.model().unwrap().name(head));
        let (before, after) = (begun.model().unwrap().named(), tuned.model().unwrap().named());
        let mut moved = 0;
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            let learns =
                name.contains("lora_") || (lora.head == Head::New && name.starts_with(&head));
            assert_eq!(before.value() != after.value(), learns, "{name}");
            moved += if learns { after.shape().len() } else { 0 };
        }
        assert_eq!(tuned.trained, moved);
        let factors = before.iter().filter(|(name, _)| name.ends_with("lora_A")).count();
        let linear = spec.to_string().matches("Linear(").count();
        assert_eq!(factors, linear - usize::from(lora.head == Head::New));
    }
    // Fine-tuning moves what stands still here.
    let source = source_of(&normalised(), seed);
    let tuned = fitted(&FineTune::default(), &source, &target(&CLASSES, seed), &run(50, seed));
    for (after, before) in values(tuned.unwrap().model().unwrap()).iter().zip(values(&source.model))
    {
        assert_ne!(after, &before);
    }
}

#[test]
fn another_seed_gives_other_factors_and_every_layer_has_its_own() {
    let source = source::<f64>(Seed::new(1));
    let fit = |seed| {
        let begun =
            fitted(&LORA, &source, &target(&CLASSES, Seed::new(1)), &run(0, Seed::new(seed)));
        let named = begun.unwrap().model().unwrap().named();
        let first = named.into_iter().filter(|(name, _)| name.ends_with("lora_A"));
        first.map(|(_, a)| a.value()).collect::<Vec<_>>()
    };
    assert_ne!(fit(1), fit(2));
    // The last two layers have 4 inputs each.
    assert_ne!(fit(1)[2], fit(1)[3]);
}

#[test]
fn a_saved_network_predicts_and_is_trained_on_in_its_factors() {
    let (seed, source) = (Seed::new(2), source::<f64>(Seed::new(2)));
    let target = target(&CLASSES, seed);
    let tuned = fitted(&LORA, &source, &target, &run(10, seed)).unwrap();
    let (folder, x) = (Folder::new(), data(9, &CLASSES, seed).features);
    let path = folder.file("tuned.safetensors");
    tuned.save(&path).unwrap();

    let loaded = Fitted::<f64>::load(&path, &Layers::new().with::<LoraConfig>()).unwrap();
    assert_eq!(loaded.predict(&x), tuned.predict(&x));
    // As a note of one's own too, in whatever order the layer's options stand.
    let mut checkpoint = Checkpoint::new(tuned.model().unwrap().state_dict());
    checkpoint.notes.spec = tuned.model().unwrap().spec();
    checkpoint.write(folder.file("noted.safetensors")).unwrap();
    let (model, original) = (loaded.model().unwrap(), tuned.model().unwrap());
    assert_eq!(model.num_trainable(), original.num_trainable());
    let run = Run::<f64>::new(recipe(5), seed);
    for network in [model, original] {
        let mut optimizer = run.optimizer(Groups::of(network)).unwrap();
        for step in run.steps(network) {
            let tape = step.tape();
            let outputs = network.forward(tape.constant(&x));
            step.descend(&mut *optimizer, outputs.cross_entropy(&[0, 1, 2, 0, 1, 2, 0, 1, 2]))
                .unwrap();
        }
    }
    assert_eq!(values(model), values(original));
    for (name, parameter) in source.model.named() {
        assert_eq!(model.state_dict().get(&name), Some(&parameter.value()), "{name}");
    }

    let unknown = Fitted::<f64>::load(&path, &Layers::new()).err().unwrap().to_string();
    assert!(unknown.starts_with("layer 0 (lora): its type is not known here"), "{unknown}");
    // Merged, it is a network like any other.
    let plain = Fitted { learnt: transfer::Learnt::Network(merged(original.clone())), ..tuned };
    plain.save(&path).unwrap();
    let loaded = Fitted::<f64>::load(&path, &Layers::new()).unwrap();
    assert_eq!(loaded.predict(&x), plain.predict(&x));
    assert_eq!(loaded.model().unwrap().spec(), Some(smooth()));
}

#[test]
fn a_network_that_was_adapted_before_is_adapted_anew() {
    let (seed, source) = (Seed::new(3), source::<f64>(Seed::new(3)));
    let target = target(&CLASSES, seed);
    let once = fitted(&LORA, &source, &target, &run(10, seed)).unwrap();
    let model = once.model().unwrap().clone();
    let again = Source { spec: model.spec().unwrap(), model, ..source.clone() };
    let twice = fitted(&LORA, &again, &target, &run(0, seed)).unwrap();
    assert_eq!(twice.trained, once.trained);
    let x = data::<f64>(9, &CLASSES, seed).features;
    // The first change is merged: the same sums in another order.
    assert_eq!(close(&twice.predict(&x), &once.predict(&x), 1e-12), Ok(()));
}

#[test]
fn the_gradient_reaches_the_first_factor_through_the_second() {
    let linear = nn::Linear::<f64>::new(4, 3, Seed::new(1));
    let layer = LoraLinear::new(linear, 2, 2.0, Seed::new(2));
    let tape = Tape::default();
    let gradients = layer.forward(tape.constant(Tensor::ones([1, 4]))).sum().backward();
    let named = layer.named();
    let of = |name: &str| gradients.of(&named.iter().find(|(n, _)| n == name).unwrap().1);
    assert!(of("weight").is_none() && of("bias").is_none(), "absent, not zero");
    assert!(of("lora_A").unwrap().as_slice().iter().all(|&entry| entry == 0.0));
    assert!(of("lora_B").unwrap().as_slice().iter().all(|&entry| entry != 0.0));
}

#[test]
fn a_kept_head_follows_the_classes_names_unless_it_was_adapted_before() {
    let (seed, source) = (Seed::new(5), source::<f64>(Seed::new(5)));
    let (other, x) = (target(&["z", "x"], seed), data::<f64>(9, &CLASSES, seed).features);
    let begun = fitted(&LORA, &source, &other, &run(0, seed)).unwrap();
    assert_eq!(begun.predict(&x), source.model.predict(&x).index_select(1, &[2, 0]));

    let tuned = fitted(&LORA, &source, &target(&CLASSES, seed), &run(1, seed)).unwrap();
    let model = tuned.model().unwrap().clone();
    let again = Source { spec: model.spec().unwrap(), model, ..source.clone() };
    assert_eq!(
        fitted(&LORA, &again, &other, &run(0, seed)).err().unwrap().to_string(),
        "only a linear head can be kept for other classes than the source's"
    );
}

#[test]
fn it_keeps_the_laws_with_a_new_head_too() {
    let broken = laws::transfer(&Lora { head: Head::New, ..Lora::default() });
    assert!(broken.is_empty(), "{}", laws::list(&broken));
}

#[test]
fn options_out_of_their_range_are_refused() {
    let (seed, source) = (Seed::new(4), source::<f64>(Seed::new(4)));
    let refused = |lora: Lora| {
        let refused = fitted(&lora, &source, &target(&CLASSES, seed), &run(1, seed));
        refused.err().unwrap().to_string()
    };
    assert_eq!(refused(Lora { rank: 0, ..LORA }), "rank is 0, but must be between 1 and 1000000");
    assert_eq!(
        refused(Lora { alpha: f64::NAN, ..LORA }),
        "alpha is NaN, but must be between -1000000 and 1000000"
    );
    let fault = |rank, alpha| {
        let layer = LoraConfig { linear: LinearConfig::new(4, 3), rank, alpha };
        NetworkSpec::new().then(layer).check().err().unwrap().to_string()
    };
    assert_eq!(fault(0, 1.0), "layer 0 (LoRA(4 -> 3, rank 0)): the rank is 0");
    assert_eq!(fault(2, f64::INFINITY), "layer 0 (LoRA(4 -> 3, rank 2)): alpha is inf");
}
