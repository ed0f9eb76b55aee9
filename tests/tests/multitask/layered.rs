//! Tasks on levels: who learns from whom, and what a higher one reads of a lower one.

use autograd::{Seed, Tape, Tensor};
use multitask::hierarchy::{Layered, LayeredNetwork};
use multitask::{Architecture, Joint, Network, SingleTask};
use nn::{Module, NetworkSpec, Parameters};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{
    absent, fitted_jointly, gradients, joint_weights, plan, reached, run, smooth, tables,
};

fn network(config: Layered, num_tasks: usize, seed: u64) -> LayeredNetwork<f64> {
    LayeredNetwork::new(config, &plan(&smooth(), num_tasks, Seed::new(seed))).unwrap()
}

fn predicted(network: &(impl Network<f64> + ?Sized), task: usize, x: &Tensor<f64>) -> Tensor<f64> {
    network.forward(Tape::<f64>::predicting().constant(x), &[task])[0].value()
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn a_task_reaches_its_level_and_those_below_alone(
        seed: u64, task in 0_usize..3, detach: bool
    ) {
        let network = network(Layered { detach, ..Layered::default() }, 3, seed);
        let gradients = gradients(&network, &tables(3, Seed::new(seed)), task);
        for level in 0..3 {
            let (layer, head) = (&network.layers[level], &network.heads[level]);
            let own = level == task;
            let through = level < task && !detach;
            prop_assert_eq!(reached(&gradients, layer), own || through, "layer {}", level);
            prop_assert_eq!(absent(&gradients, layer), !(own || through), "layer {}", level);
            prop_assert_eq!(absent(&gradients, head), !(own || through), "head {}", level);
        }
        for level in 0..2 {
            // Detached or not, the task learns to read what its own layer is given.
            let read = level < task && (!detach || level + 1 == task);
            prop_assert_eq!(!absent(&gradients, &network.embeddings[level]), read);
        }
    }

    #[test]
    fn a_certain_prediction_gives_the_row_of_its_label(seed: u64) {
        let network = network(Layered::default(), 2, seed);
        let x = &tables::<f64>(1, Seed::new(seed))[0].data.features;
        let hidden = network.layers[0].predict(x);
        let head = network.heads[0].named();
        // Logits so far apart that the softmax is 1 and 0 in every bit.
        let scaled = head[0].1.value().map(|w| 1e9 * w);
        head[0].1.set(scaled);
        let labels = network.heads[0].predict(&hidden).argmax_rows();
        let label = network.embeddings[0].value().rows(&labels);
        let above = network.layers[1].predict(&Tensor::concatenate(&[hidden, label], 1));
        let expected = network.heads[1].predict(&network.layers[2].predict(&above));
        prop_assert_eq!(predicted(&network, 1, x), expected);
    }

    #[test]
    fn one_task_is_learnt_as_if_alone(seed: u64, steps in 0_usize..30) {
        let (tables, run) = (tables::<f64>(1, Seed::new(seed)), run(steps, Seed::new(seed)));
        let layered = joint_weights(&Joint::of(Layered::default()), &tables, &smooth(), &run);
        prop_assert_eq!(layered, joint_weights(&SingleTask, &tables, &smooth(), &run));
    }
}

#[test]
fn without_label_embeddings_it_is_plain_supervision_of_stacked_layers() {
    let network = network(Layered { embedding: 0, detach: false }, 3, 7);
    let alone = SingleTask.fresh(&plan(&smooth(), 3, Seed::new(7))).unwrap();
    let x = &tables::<f64>(1, Seed::new(7))[0].data.features;
    assert_eq!(predicted(&network, 2, x), predicted(&*alone, 2, x));
}

#[test]
fn what_a_layer_reads_of_the_one_below_begins_as_in_the_other_strategies() {
    let network = network(Layered::default(), 3, 8);
    let alone: Box<dyn Network<f64>> = SingleTask.fresh(&plan(&smooth(), 3, Seed::new(8))).unwrap();
    let alone = alone.state_dict();
    for (name, own) in network.layers.iter().flat_map(Parameters::named) {
        let other = alone.get(&format!("0.{name}")).unwrap();
        let own = own.value();
        let shared = if own.shape().rank() == 2 { own.slice(1, 0..other.size(1)) } else { own };
        assert_eq!(&shared, other, "{name}");
    }
}

#[test]
fn more_tasks_than_hidden_layers_are_refused() {
    let spec = NetworkSpec::mlp(&[6, 5, 4, 3]);
    let (tables, run) = (tables::<f32>(3, Seed::new(1)), run(1, Seed::new(1)));
    let refused = fitted_jointly(&Joint::of(Layered::default()), &tables, &spec, &run);
    assert_eq!(
        refused.err().unwrap().to_string(),
        "3 tasks on levels need as many hidden layers, but the network has 2"
    );
}
